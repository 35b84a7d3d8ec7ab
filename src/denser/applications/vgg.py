"""VGG: stacks of 3x3 convolutions, halved by max pooling."""

from ..core.tensor import KerasTensor
from ..layers import Conv2D, Dense, Flatten, MaxPooling2D
from ..models import Model
from .network import Request, application

_FILTERS = (64, 128, 256, 512, 512)


def _vgg(request: Request, depths: tuple[int, ...]) -> Model:
    """VGG: five blocks of 3x3 convolutions, each block halved by max pooling, then three Dense.

    Source: Simonyan and Zisserman 2015, arXiv:1409.1556.
    """
    x = request.image(224)
    for block, (filters, depth) in enumerate(zip(_FILTERS, depths, strict=True), 1):
        for number in range(1, depth + 1):
            name = f"block{block}_conv{number}"
            x = Conv2D(filters, 3, padding="same", activation="relu", name=name)(x)
        x = MaxPooling2D(name=f"block{block}_pool")(x)
    return request.model(x, _top)


def _top(request: Request, x: KerasTensor) -> KerasTensor:
    x = Flatten(name="flatten")(x)
    for name in ("fc1", "fc2"):
        x = Dense(4096, activation="relu", name=name)(x)
    return request.predictions(x)


VGG16 = application("VGG16", "vgg16", _vgg, depths=(2, 2, 3, 3, 3))
VGG19 = application("VGG19", "vgg19", _vgg, depths=(2, 2, 4, 4, 4))
