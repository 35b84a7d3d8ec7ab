"""ResNet V2: residual blocks that normalize before they convolve."""

from ..core.tensor import KerasTensor
from ..layers import Add, Conv2D, MaxPooling2D, ZeroPadding2D
from ..models import Model
from .blocks import act, norm
from .imagenet_utils import decode_predictions as decode_predictions
from .imagenet_utils import preprocessing
from .network import Request, application

preprocess_input = preprocessing("tf")


def _resnet_v2(request: Request, depths: tuple[int, ...]) -> Model:
    """ResNet V2: blocks of three convolutions, `x + f(relu(norm(x)))`.

    Source: He et al. 2016, arXiv:1603.05027.
    """
    x = ZeroPadding2D(3, name="conv1_pad")(request.image(224))
    x = Conv2D(64, 7, strides=2, name="conv1_conv")(x)
    x = MaxPooling2D(3, strides=2, name="pool1_pool")(ZeroPadding2D(1, name="pool1_pad")(x))
    for stage, depth in enumerate(depths):
        for number in range(1, depth + 1):
            strides = 2 if number == depth and stage < 3 else 1
            name = f"conv{stage + 2}_block{number}_"
            x = _block(x, 64 * 2**stage, strides, number == 1, name)
    x = act(norm(x, "post_bn", epsilon=1.001e-5), "post_relu")
    return request.model(x, named_pools=True)


def _block(x: KerasTensor, filters: int, strides: int, widens: bool, name: str) -> KerasTensor:
    before = act(norm(x, name + "preact_bn", epsilon=1.001e-5), name + "preact_relu")
    if widens:
        shortcut = Conv2D(4 * filters, 1, strides, name=name + "0_conv")(before)
    else:
        shortcut = MaxPooling2D(1, strides=strides)(x) if strides > 1 else x
    x = Conv2D(filters, 1, use_bias=False, name=name + "1_conv")(before)
    x = act(norm(x, name + "1_bn", epsilon=1.001e-5), name + "1_relu")
    x = ZeroPadding2D(1, name=name + "2_pad")(x)
    x = Conv2D(filters, 3, strides, use_bias=False, name=name + "2_conv")(x)
    x = act(norm(x, name + "2_bn", epsilon=1.001e-5), name + "2_relu")
    x = Conv2D(4 * filters, 1, name=name + "3_conv")(x)
    return Add(name=name + "out")([shortcut, x])


ResNet50V2 = application("ResNet50V2", "resnet50v2", _resnet_v2, depths=(3, 4, 6, 3))
ResNet101V2 = application("ResNet101V2", "resnet101v2", _resnet_v2, depths=(3, 4, 23, 3))
ResNet152V2 = application("ResNet152V2", "resnet152v2", _resnet_v2, depths=(3, 8, 36, 3))
