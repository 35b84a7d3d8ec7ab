"""NASNet: two kinds of cells, found by search, stacked."""

from ..core.messages import UserError
from ..core.tensor import KerasTensor
from ..layers import (
    Add,
    AveragePooling2D,
    Conv2D,
    Cropping2D,
    GlobalAveragePooling2D,
    MaxPooling2D,
    SeparableConv2D,
    ZeroPadding2D,
)
from ..models import Model
from .blocks import act, channels, concat, halving_pad, norm, sides
from .imagenet_utils import decode_predictions as decode_predictions
from .imagenet_utils import preprocessing
from .network import Request, application, channel_axis

preprocess_input = preprocessing("tf")


def _nasnet(
    request: Request, *, size: int, stem: int, filters: int, cells: int, skips: bool
) -> Model:
    """NASNet-A: cells that each see the last two results, some of them halving the image.

    Source: Zoph et al. 2018, arXiv:1707.07012.
    """
    if channel_axis() == 1:
        raise UserError(f"{request.name}: needs images with the channels last.")
    request.key = request.key.removeprefix("nasnet_")
    x = Conv2D(
        stem, 3, 2, use_bias=False, kernel_initializer="he_normal", name="stem_conv1"
    )(request.image(size))  # fmt: skip
    x, before = _norm(x, "stem_bn1"), None
    x, before = _reduction(x, before, filters // 4, "stem_1"), x
    x, before = _reduction(x, before, filters // 2, "stem_2"), x
    for stage in range(3):
        if stage > 0:
            name = f"reduce_{stage * cells}"
            x, skipped = _reduction(x, before, filters * 2**stage, name), x
            before = before if skips else skipped
        for number in range(cells):
            name = str(stage * cells + number + (stage > 0))
            x, before = _normal(x, before, filters * 2**stage, name), x
    return request.model(act(x), _top)


def _top(request: Request, x: KerasTensor) -> KerasTensor:
    return request.predictions(GlobalAveragePooling2D()(x))


def _normal(x: KerasTensor, before: KerasTensor, filters: int, name: str) -> KerasTensor:
    """A cell that keeps the image's size."""
    p = _adjust(before, x, filters, name)
    h = _norm(_pointwise(act(x), filters, f"normal_conv_1_{name}"), f"normal_bn_1_{name}")

    def separable(x: KerasTensor, kernel: int, part: str) -> KerasTensor:
        return _separable(x, filters, kernel, 1, f"normal_{part}_{name}")

    def mean(x: KerasTensor, part: str) -> KerasTensor:
        return AveragePooling2D(3, 1, "same", name=f"normal_{part}_{name}")(x)

    parts = [
        (separable(h, 5, "left1"), separable(p, 3, "right1")),
        (separable(p, 5, "left2"), separable(p, 3, "right2")),
        (mean(h, "left3"), p),
        (mean(p, "left4"), mean(p, "right4")),
        (separable(h, 3, "left5"), h),
    ]
    sums = [Add(name=f"normal_add_{n}_{name}")(list(pair)) for n, pair in enumerate(parts, 1)]
    return concat([p, *sums], f"normal_concat_{name}")


def _reduction(x: KerasTensor, before: KerasTensor | None, filters: int, name: str) -> KerasTensor:
    """A cell that halves the image."""
    p = _adjust(before, x, filters, name)
    h = _norm(_pointwise(act(x), filters, f"reduction_conv_1_{name}"), f"reduction_bn_1_{name}")
    wide = ZeroPadding2D(halving_pad(h, 3), name=f"reduction_pad_1_{name}")(h)

    def separable(x: KerasTensor, kernel: int, part: str, strides: int = 2) -> KerasTensor:
        return _separable(x, filters, kernel, strides, f"reduction_{part}_{name}")

    def pool(kind: type, part: str) -> KerasTensor:
        return kind(3, 2, name=f"reduction_{part}_{name}")(wide)

    def add(x: KerasTensor, y: KerasTensor, part: str) -> KerasTensor:
        return Add(name=f"reduction_{part}_{name}")([x, y])

    one = add(separable(h, 5, "left1"), separable(p, 7, "right1"), "add_1")
    two = add(pool(MaxPooling2D, "left2"), separable(p, 7, "right2"), "add_2")
    three = add(pool(AveragePooling2D, "left3"), separable(p, 5, "right3"), "add3")
    mean = AveragePooling2D(3, 1, "same", name=f"reduction_left4_{name}")(one)
    four = Add()([two, mean])
    five = add(separable(one, 3, "left4", 1), pool(MaxPooling2D, "right5"), "add4")
    return concat([two, three, four, five], f"reduction_concat_{name}")


def _adjust(before: KerasTensor | None, x: KerasTensor, filters: int, name: str) -> KerasTensor:
    """The result before the last one, brought to the size of the last and to `filters`."""
    if before is None:
        return x
    if sides(before) != sides(x):
        before = act(before, f"adjust_relu_1_{name}")
        shifted = Cropping2D(((1, 0), (1, 0)))(ZeroPadding2D(((0, 1), (0, 1)))(before))
        halves = []
        for number, half in enumerate((before, shifted), 1):
            half = AveragePooling2D(1, 2, name=f"adjust_avg_pool_{number}_{name}")(half)
            halves.append(_pointwise(half, filters // 2, f"adjust_conv_{number}_{name}"))
        return _norm(concat(halves), f"adjust_bn_{name}")
    if channels(before) != filters:
        before = _pointwise(act(before), filters, f"adjust_conv_projection_{name}")
        return _norm(before, f"adjust_bn_{name}")
    return before


def _separable(x: KerasTensor, filters: int, kernel: int, strides: int, name: str) -> KerasTensor:
    """Twice relu, separable convolution, normalization; the first with strides."""
    x, padding = act(x), "same"
    if strides == 2:
        x = ZeroPadding2D(halving_pad(x, kernel), name=f"separable_conv_1_pad_{name}")(x)
        padding = "valid"
    for number in (1, 2):
        part = f"separable_conv_{number}_"
        x = SeparableConv2D(filters, kernel, strides, padding, use_bias=False, name=part + name)(x)
        x = _norm(x, f"{part}bn_{name}")
        if number == 1:
            x, strides, padding = act(x), 1, "same"
    return x


def _pointwise(x: KerasTensor, filters: int, name: str) -> KerasTensor:
    options = {"use_bias": False, "kernel_initializer": "he_normal"}
    return Conv2D(filters, 1, padding="same", name=name, **options)(x)


def _norm(x: KerasTensor, name: str) -> KerasTensor:
    return norm(x, name, momentum=0.9997)


_ORDER = (
    "input_shape, include_top, weights, input_tensor, pooling, classes, classifier_activation, name"
)
NASNetMobile = application(
    "NASNetMobile", "nasnet_mobile", _nasnet, _ORDER,
    size=224, stem=32, filters=44, cells=4, skips=False,
)  # fmt: skip
NASNetLarge = application(
    "NASNetLarge", "nasnet_large", _nasnet, _ORDER,
    size=331, stem=96, filters=168, cells=6, skips=True,
)  # fmt: skip
