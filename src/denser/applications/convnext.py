"""ConvNeXt: a convolutional network built like a transformer."""

from collections.abc import Callable

from ..core.messages import UserError
from ..core.tensor import KerasTensor
from ..layers import (
    Activation,
    Conv2D,
    Dense,
    GlobalAveragePooling2D,
    LayerNormalization,
    LayerScale,
    Normalization,
)
from ..models import Model, Sequential
from .blocks import channels
from .imagenet_utils import decode_predictions as decode_predictions
from .imagenet_utils import preprocessing
from .network import Request, application, channel_axis

preprocess_input = preprocessing(None)
_MEAN = [0.485 * 255, 0.456 * 255, 0.406 * 255]
_VARIANCE = [(0.229 * 255) ** 2, (0.224 * 255) ** 2, (0.225 * 255) ** 2]


def _convnext(
    request: Request,
    include_preprocessing: bool = True,
    *,
    depths: tuple[int, ...],
    filters: tuple[int, ...],
) -> Model:
    """ConvNeXt: blocks of a 7x7 convolution of each channel alone and two Dense layers, normalized
    once, added to their input. With `include_preprocessing` images go in as they are, from 0 to
    255, otherwise standardized by ImageNet's mean and deviation.

    Source: Liu et al. 2022, arXiv:2201.03545.
    """
    if channel_axis() == 1:
        raise UserError(f"{request.name}: needs images with the channels last.")
    x, name = request.image(224), request.name
    if include_preprocessing and channels(x) == 3:
        x = Normalization(mean=_MEAN, variance=_VARIANCE, name=name + "_prestem_normalization")(x)
    x = Sequential(
        [
            Conv2D(filters[0], 4, 4, name=name + "_stem_conv"),
            LayerNormalization(epsilon=1e-6, name=name + "_stem_layernorm"),
        ],
        name=name + "_stem",
    )(x)
    for stage, (depth, many) in enumerate(zip(depths, filters, strict=True)):
        if stage > 0:
            x = _halve(x, many, f"{name}_downsampling_", stage - 1)
        for number in range(depth):
            x = _block(x, f"{name}_stage_{stage}_block_{number}_")
    if request.include_top:
        return request.model(x, _top)
    return request.finish(LayerNormalization(epsilon=1e-6)(request.pooled(x)))


def _halve(x: KerasTensor, filters: int, name: str, number: int) -> KerasTensor:
    layers = [
        LayerNormalization(epsilon=1e-6, name=f"{name}layernorm_{number}"),
        Conv2D(filters, 2, 2, name=f"{name}conv_{number}"),
    ]
    return Sequential(layers, name=f"{name}block_{number}")(x)


def _block(before: KerasTensor, name: str) -> KerasTensor:
    many = channels(before)
    x = Conv2D(many, 7, padding="same", groups=many, name=name + "depthwise_conv")(before)
    x = LayerNormalization(epsilon=1e-6, name=name + "layernorm")(x)
    x = Dense(4 * many, name=name + "pointwise_conv_1")(x)
    x = Activation("gelu", name=name + "gelu")(x)
    x = Dense(many, name=name + "pointwise_conv_2")(x)
    x = LayerScale(1e-6, many, name=name + "layer_scale")(x)
    # Where the published networks could leave out a block in training; they never do.
    x = Activation("linear", name=name + "identity")(x)
    return before + x


def _top(request: Request, x: KerasTensor) -> KerasTensor:
    name = request.name
    x = GlobalAveragePooling2D(name=name + "_head_gap")(x)
    x = LayerNormalization(epsilon=1e-6, name=name + "_head_layernorm")(x)
    return request.predictions(x, name + "_head_dense")


def _variant(label: str, depths: tuple[int, ...], first: int) -> Callable[..., Model]:
    return application(
        "ConvNeXt" + label, "convnext_" + label.lower(), _convnext,
        "include_top, include_preprocessing, weights, input_tensor, input_shape, pooling, classes, "
        "classifier_activation, name",
        depths=depths, filters=(first, 2 * first, 4 * first, 8 * first),
    )  # fmt: skip


ConvNeXtTiny = _variant("Tiny", (3, 3, 9, 3), 96)
ConvNeXtSmall = _variant("Small", (3, 3, 27, 3), 96)
ConvNeXtBase = _variant("Base", (3, 3, 27, 3), 128)
ConvNeXtLarge = _variant("Large", (3, 3, 27, 3), 192)
ConvNeXtXLarge = _variant("XLarge", (3, 3, 27, 3), 256)
