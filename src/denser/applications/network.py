"""What all published networks share: their arguments, input, pooling, top and weights."""

import inspect
import os
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .. import config
from ..core.messages import (
    UserError,
    UserTypeError,
    bad_argument,
    short_traceback,
    unknown_argument,
)
from ..core.tensor import KerasTensor, standardize_shape
from ..layers import Dense, GlobalAveragePooling2D, GlobalMaxPooling2D, Input
from ..models import Model
from .published import weights_file

_ORDER = (
    "include_top, weights, input_tensor, input_shape, pooling, classes, classifier_activation, name"
)
_DEFAULTS = {
    "include_top": True,
    "weights": "imagenet",
    "input_tensor": None,
    "input_shape": None,
    "pooling": None,
    "classes": 1000,
    "classifier_activation": "softmax",
}
_SAID = """
Args:
    include_top: Whether the classifier stands on top.
    weights: "imagenet" for those trained on ImageNet, which are downloaded once; the path of a
        file; or None for random ones.
    input_tensor: A symbolic tensor to take as the input; None makes an Input.
    input_shape: Shape of one image. With the top and weights of ImageNet it is the usual one.
    pooling: What follows the last feature map where there is no top: None, "avg" or "max".
    classes: Number of classes; 1000 for the top of ImageNet.
    classifier_activation: The top's activation; None gives logits.
    name: The model's name.
"""


@dataclass
class Request:
    """What the caller of a network wants: the arguments that all of them have.

    `family` and `key` name the network in the table of published weights.
    """

    include_top: bool
    weights: Any
    input_tensor: Any
    input_shape: Any
    pooling: str | None
    classes: int
    classifier_activation: Any
    name: str
    family: str
    key: str

    def refused(self, argument: str, expected: str, fix: str = "") -> UserError:
        """The error for a value of the caller's."""
        who, value = self.name or self.family, getattr(self, argument)
        return bad_argument(who, argument, expected, value, fix)

    def _check(self) -> None:
        """Refuse arguments that do not go together."""
        if self.pooling not in (None, "avg", "max"):
            raise self.refused("pooling", "None, 'avg' or 'max'")
        if self.weights is None:
            return
        if self.weights != "imagenet" and not _is_file(self.weights):
            raise self.refused("weights", "None, 'imagenet' or the path of a file that is here")
        if not self.include_top:
            return
        if self.weights == "imagenet" and self.classes != 1000:
            fix = "Write include_top=False and add your own Dense layer."
            raise self.refused("classes", "1000 for the top of ImageNet", fix)
        function = getattr(self.classifier_activation, "__name__", self.classifier_activation)
        if function not in (None, "softmax", "linear"):
            raise self.refused("classifier_activation", "'softmax' or None with trained weights")

    def image(self, size: int, least: int = 32, any_size: bool = False) -> KerasTensor:
        """Where the images enter: the caller's tensor, or an Input of the shape that he gave.

        Args:
            size: The usual height and width.
            least: The smallest height and width.
            any_size: Whether the top takes images of any size.
        """
        self._check()
        shape = self._shape(size, least, any_size)
        if self.input_tensor is None:
            return Input(shape)
        if not isinstance(self.input_tensor, KerasTensor):
            raise self.refused("input_tensor", "a symbolic tensor, as Input((224, 224, 3))")
        return self.input_tensor

    def _shape(self, size: int, least: int, any_size: bool) -> tuple[int | None, ...]:
        """The shape of one image."""
        first = channel_axis() == 1
        usual = (3, size, size) if first else (size, size, 3)
        fixed = self.include_top and not any_size
        if self.input_shape is None:
            return usual if fixed else tuple(3 if n == 3 else None for n in usual)
        shape = standardize_shape(self.input_shape, self.name or self.family)
        if len(shape) != 3:
            raise self.refused("input_shape", "three sizes, those of one image")
        many, sides = shape[0 if first else 2], self.sides
        if self.weights == "imagenet" and fixed and shape != usual:
            fix = "Write include_top=False for other sizes."
            raise self.refused("input_shape", f"{usual} for the top of ImageNet", fix)
        if self.weights == "imagenet" and many != 3:
            raise self.refused("input_shape", "of 3 channels with the weights of ImageNet")
        if many not in (1, 3):
            warnings.warn(f"{self.name}: images of {many} channels are unusual.", stacklevel=6)
        if any(side is not None and side < least for side in sides):
            raise self.refused("input_shape", f"at least {least}x{least}")
        if fixed and None in shape:
            raise self.refused("input_shape", "of known sizes where include_top=True")
        return shape

    @property
    def sides(self) -> tuple[int | None, int | None]:
        """Height and width of the caller's images, None where he does not say."""
        shape = self.input_shape
        if shape is None and self.input_tensor is not None:
            shape = self.input_tensor.shape[1:]
        if shape is None or len(shape) != 3:
            return None, None
        return tuple(shape[1:] if channel_axis() == 1 else shape[:2])

    def predictions(self, x: KerasTensor, name: str = "predictions", **options: Any) -> KerasTensor:
        """A probability for each class (or its logit): a Dense layer."""
        return Dense(self.classes, self.classifier_activation, name=name, **options)(x)

    def pooled(self, x: KerasTensor, named: bool = False) -> KerasTensor:
        """The feature map, pooled as the caller wants where there is no top."""
        if self.pooling is None:
            return x
        pool = GlobalAveragePooling2D if self.pooling == "avg" else GlobalMaxPooling2D
        return pool(name=f"{self.pooling}_pool" if named else None)(x)

    def model(
        self, x: KerasTensor, top: Callable | None = None, named_pools: bool = False
    ) -> Model:
        """The network from the images to the feature map `x` and what stands on it, with weights.

        Args:
            x: The last feature map.
            top: Makes the classifier of (request, x); None: the mean of each channel, then Dense.
            named_pools: Whether the pooling in place of a top has a name of its own.
        """
        x = (top or _mean_top)(self, x) if self.include_top else self.pooled(x, named_pools)
        return self.finish(x)

    def finish(self, x: KerasTensor) -> Model:
        """The network from the images to `x`, with the weights that the caller wants."""
        inputs = _sources(x)
        model = Model(inputs[0] if len(inputs) == 1 else inputs, x, name=self.name)
        if self.weights == "imagenet":
            model.load_weights(weights_file(self.family, self.key, self.include_top))
        elif self.weights is not None:
            model.load_weights(self.weights)
        return model


def application(
    label: str,
    name: str | None,
    build: Callable[..., Model],
    order: str = _ORDER,
    **variant: Any,
) -> Callable[..., Model]:
    """The function `label(...)` that makes one published network.

    Args:
        label: The function's name.
        name: The model's name, unless the caller gives one, and its name among published weights;
            `build` sets both where it is None.
        build: Makes the model of (request, further arguments of the caller's, the variant's).
        order: Keras's order of the arguments; the default of a further one is that of `build`.
        variant: What sets this network apart from the others that `build` makes.
    """
    defaults = {n: p.default for n, p in inspect.signature(build).parameters.items()}
    defaults |= _DEFAULTS | {"name": name}
    kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
    signature = inspect.Signature(
        [inspect.Parameter(n, kind, default=defaults[n]) for n in order.split(", ")]
    )

    @short_traceback
    def make(*args: Any, **kwargs: Any) -> Model:
        for argument in kwargs:
            if argument not in signature.parameters:
                raise unknown_argument(label, argument, signature.parameters)
        try:
            bound = signature.bind(*args, **kwargs)
        except TypeError as error:
            raise UserTypeError(f"{label}: {error}. It is `{label}{signature}`.") from None
        bound.apply_defaults()
        given = bound.arguments
        shared = {n: given.pop(n) for n in (*_DEFAULTS, "name")}
        family = build.__module__.rpartition(".")[2]
        return build(Request(**shared, family=family, key=name or ""), **given, **variant)

    make.__name__ = make.__qualname__ = label
    make.__module__ = build.__module__
    make.__signature__ = signature
    make.__doc__ = f"{inspect.getdoc(build)}\n{_SAID}"
    return make


def channel_axis() -> int:
    """The axis of the channels: the last one, or 1 where the data format is channels first."""
    return 1 if config.image_data_format() == "channels_first" else -1


def _is_file(path: Any) -> bool:
    return isinstance(path, (str, os.PathLike)) and Path(path).is_file()


def _mean_top(request: Request, x: KerasTensor) -> KerasTensor:
    return request.predictions(GlobalAveragePooling2D(name="avg_pool")(x))


def _sources(x: KerasTensor) -> list[KerasTensor]:
    """The inputs that a tensor is computed from."""
    found: dict[int, KerasTensor] = {}
    seen: set[int] = set()
    todo = [x]
    while todo:
        tensor = todo.pop()
        node = tensor.history[0]
        if not node.input_tensors:
            found[id(tensor)] = tensor
        elif id(node) not in seen:
            seen.add(id(node))
            todo.extend(node.input_tensors)
    return list(found.values())
