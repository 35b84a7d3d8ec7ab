"""ResNet: blocks of three convolutions whose sum is added to their input."""

from ..core.tensor import KerasTensor
from ..layers import Add, Conv2D, MaxPooling2D, ZeroPadding2D
from ..models import Model
from .blocks import act, norm
from .imagenet_utils import decode_predictions as decode_predictions
from .imagenet_utils import preprocessing
from .network import Request, application

preprocess_input = preprocessing("caffe")


def _resnet(request: Request, depths: tuple[int, ...]) -> Model:
    """ResNet: blocks of three convolutions, `relu(x + f(x))`.

    Source: He et al. 2016, arXiv:1512.03385.
    """
    x = ZeroPadding2D(3, name="conv1_pad")(request.image(224))
    x = Conv2D(64, 7, strides=2, name="conv1_conv")(x)
    x = act(norm(x, "conv1_bn", epsilon=1.001e-5), "conv1_relu")
    x = MaxPooling2D(3, strides=2, name="pool1_pool")(ZeroPadding2D(1, name="pool1_pad")(x))
    for stage, depth in enumerate(depths):
        for number in range(1, depth + 1):
            strides = 2 if number == 1 and stage > 0 else 1
            name = f"conv{stage + 2}_block{number}_"
            x = _block(x, 64 * 2**stage, strides, number == 1, name)
    return request.model(x, named_pools=True)


def _block(x: KerasTensor, filters: int, strides: int, widens: bool, name: str) -> KerasTensor:
    def conv(x: KerasTensor, part: str, filters: int, kernel: int, strides: int = 1) -> KerasTensor:
        padding = "same" if kernel > 1 else "valid"
        x = Conv2D(filters, kernel, strides, padding, name=f"{name}{part}_conv")(x)
        return norm(x, f"{name}{part}_bn", epsilon=1.001e-5)

    shortcut = conv(x, "0", 4 * filters, 1, strides) if widens else x
    x = act(conv(x, "1", filters, 1, strides), name + "1_relu")
    x = act(conv(x, "2", filters, 3), name + "2_relu")
    x = conv(x, "3", 4 * filters, 1)
    return act(Add(name=name + "add")([shortcut, x]), name + "out")


ResNet50 = application("ResNet50", "resnet50", _resnet, depths=(3, 4, 6, 3))
ResNet101 = application("ResNet101", "resnet101", _resnet, depths=(3, 4, 23, 3))
ResNet152 = application("ResNet152", "resnet152", _resnet, depths=(3, 8, 36, 3))
