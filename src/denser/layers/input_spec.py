"""InputSpec: what a layer expects of its input, and the error when it gets something else."""

from collections.abc import Mapping
from typing import Any

from ..core.dtype import standardize_dtype
from ..core.fields import Described
from ..core.graph import public_shape
from ..core.messages import bad_input, shape_text
from ..core.tensor import leaves, standardize_shape


class InputSpec(Described):
    """Type, number of axes and sizes that an input must have; None leaves a thing open.

    Args:
        dtype: Expected type.
        shape: Expected shape; None at an axis takes any size.
        ndim, min_ndim, max_ndim: Expected number of axes.
        axes: Expected size by axis, as `{-1: 784}`.
        allow_last_axis_squeeze: Whether a last axis of 1 may be missing or extra.
        name: Name of the input, where inputs come as a dict.
        optional: Whether None may be given.
    """

    def __init__(
        self,
        dtype: Any = None,
        shape: Any = None,
        ndim: int | None = None,
        max_ndim: int | None = None,
        min_ndim: int | None = None,
        axes: Mapping[int, int | None] | None = None,
        allow_last_axis_squeeze: bool = False,
        name: str | None = None,
        optional: bool = False,
    ):
        self.dtype = standardize_dtype(dtype) if dtype is not None else None
        self.shape = standardize_shape(shape) if shape is not None else None
        self.ndim = len(self.shape) if self.shape is not None else ndim
        self.max_ndim, self.min_ndim = max_ndim, min_ndim
        self.axes = {int(axis): size for axis, size in (axes or {}).items()}
        self.allow_last_axis_squeeze = allow_last_axis_squeeze
        self.name, self.optional = name, optional

    def expected(self) -> str:
        """The expectation as a shape: `(batch, 512)`, `(batch, ..., 512)`."""
        if self.shape is not None:
            return shape_text(self.shape)
        rank = self.ndim if self.ndim is not None else self.min_ndim
        if rank is None:
            return f"with {self.axes} as sizes by axis" if self.axes else "of any shape"
        sizes: list[Any] = [None] * rank
        for axis, size in self.axes.items():
            if -rank <= axis < rank:
                sizes[axis] = size
        text = shape_text(sizes)
        if self.ndim is None:
            text = text.replace("(batch, ", "(batch, ..., ", 1) if rank < 3 else text + " or more"
        return text

    def fits(self, shape: tuple[int | None, ...]) -> bool:
        """Whether an input of this shape is as expected."""
        rank = len(shape)
        if self.shape is not None:
            wanted = self.shape
            if self.allow_last_axis_squeeze and abs(len(wanted) - rank) == 1:
                longer = wanted if len(wanted) > rank else shape
                if longer[-1] in (1, None):
                    wanted, shape = (
                        wanted[: min(len(wanted), rank)],
                        shape[: min(len(wanted), rank)],
                    )
            return len(wanted) == len(shape) and all(
                want is None or have is None or want == have
                for want, have in zip(wanted, shape, strict=True)
            )
        if self.ndim is not None and rank != self.ndim:
            return False
        if self.max_ndim is not None and rank > self.max_ndim:
            return False
        if self.min_ndim is not None and rank < self.min_ndim:
            return False
        for axis, size in self.axes.items():
            if not -rank <= axis < rank:
                return False
            if size is not None and shape[axis] is not None and shape[axis] != size:
                return False
        return True


def check_input(layer: Any, specs: Any, inputs: Any) -> None:
    """Raise one clear error where an input is not as the layer's `input_spec` says."""
    if isinstance(specs, dict) and isinstance(inputs, dict):
        pairs = [(spec, inputs.get(key)) for key, spec in specs.items()]
    else:
        flat_specs = leaves(list(specs.values()) if isinstance(specs, dict) else specs)
        flat = leaves(inputs)
        tensors = sum(hasattr(x, "shape") for x in flat)
        more = tensors > len(flat_specs) and not getattr(layer, "takes_states", False)
        if len(flat) < len(flat_specs) or more:
            one = len(flat_specs) == 1
            expected = "of one tensor" if one else f"of {len(flat_specs)} tensors"
            fix = "Join them first, as with Concatenate()." if one and flat else ""
            raise bad_input(layer, expected, f"{len(flat)}", fix)
        pairs = list(zip(flat_specs, flat, strict=False))
    for spec, x in pairs:
        if spec is None or getattr(x, "shape", None) is None:
            continue
        shape = public_shape(x)
        if not spec.fits(shape):
            fix = getattr(layer, "fix_for_input", lambda shape: "")(shape)
            raise bad_input(layer, spec.expected(), shape, fix)
