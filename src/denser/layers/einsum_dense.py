"""EinsumDense: a product of the input with a kernel, by an equation of axes."""

import re
from string import ascii_letters
from typing import Annotated, Any

import jax.numpy as jnp
from jax import Array

from ..activations import AnActivation
from ..constraints import AConstraint
from ..core.fields import Rule
from ..core.messages import bad_argument, bad_input
from ..initializers import AnInitializer
from ..lowering.dense import project
from ..regularizers import ARegularizer
from .adapters import AConfig, LoraAlpha, LoraRank
from .few_bits import Bits
from .input_spec import InputSpec
from .layer import Layer

_FORM = re.compile(r"(\.\.\.)?([a-zA-Z]+)(\.\.\.)?,([a-zA-Z]+)->(\.\.\.)?([a-zA-Z]+)(\.\.\.)?")


def _is_equation(value: Any) -> bool:
    form = _FORM.fullmatch(value) if isinstance(value, str) else None
    if form is None:
        return False
    before, x, after, kernel, y_before, y, y_after = form.groups()
    axes_are_known = set(y) <= set(x + kernel) and set(kernel) <= set(x + y)
    return (before, after) == (y_before, y_after) and not (before and after) and axes_are_known


def _are_sizes(value: Any) -> bool:
    return isinstance(value, tuple) and all(
        n is None or (isinstance(n, int) and not isinstance(n, bool) and n > 0) for n in value
    )


def _sizes(value: Any) -> Any:
    return tuple(value) if isinstance(value, (list, tuple)) else (value,)


Equation = Annotated[
    str,
    Rule(
        "of the form 'ab,bc->ac', '...ab,bc->...ac' or 'ab...,bc->ac...', each axis of the kernel "
        "and of the output in one of the other two parts at least",
        _is_equation,
        lambda value: value.replace(" ", "") if isinstance(value, str) else value,
        bad=("ab,bc", "a...b,bc->a...c", "...ab,bc->ac", "ab,cd->abd", 17),
    ),
]
OutputSizes = Annotated[
    Any, Rule("a size or a tuple of sizes and None", _are_sizes, _sizes, bad=("a", 0, (2.5,)))
]


class _Shaped(Layer):
    """Base of layers that may have an argument of the name `output_shape`."""

    @property
    def output_shape(self) -> Any:
        """What the layer was given, else the shape of `output` as with other layers."""
        if "output_shape" in type(self).fields():
            return self._given_sizes
        return super().output_shape

    @output_shape.setter
    def output_shape(self, value: Any) -> None:
        self._given_sizes = value


class EinsumDense(_Shaped):
    """Product with a kernel by Einstein's sums: `activation(einsum(equation, x, kernel) + bias)`.

    Shapes:
        x, kernel, y: as the parts of the equation 'x,kernel->y' say
        bias: the sizes of `bias_axes`

    Args:
        equation: Letters for the axes of the input, the kernel and the output, as 'abc,cd->abd';
            '...' before or after those of input and output stands for any more axes.
        output_shape: Sizes of the output without the batch and without what '...' stands for; None
            for those that the input has.
        activation: Function or name; None leaves the sum as it is.
        bias_axes: The letters of the output along which a bias is added; None for no bias.
        kernel_initializer, bias_initializer: How the weights start.
        kernel_regularizer, bias_regularizer: Penalties on the weights, added to the loss.
        kernel_constraint, bias_constraint: What the weights are brought back to after each step.
        lora_rank, lora_alpha: Freeze the kernel and train a product: see `enable_lora`.
        quantization_config: How the kernel is rounded where `dtype` is of few bits.

    Example:
        >>> EinsumDense("abc,cde->abde", (None, 2, 4), bias_axes="de")(ops.ones((3, 5, 6))).shape
        (3, 5, 2, 4)
    """

    equation: Equation
    output_shape: OutputSizes  # type: ignore[assignment]
    activation: AnActivation = None
    bias_axes: str | None = None
    kernel_initializer: AnInitializer = "glorot_uniform"
    bias_initializer: AnInitializer = "zeros"
    kernel_regularizer: ARegularizer = None
    bias_regularizer: ARegularizer = None
    kernel_constraint: AConstraint = None
    bias_constraint: AConstraint = None
    lora_rank: LoraRank = None
    lora_alpha: LoraAlpha = None
    quantization_config: AConfig = None

    with_lora = "kernel"

    def setup(self) -> None:
        """The bias and the sizes belong to axes of the output."""
        self._before, x, after, kernel, _, y, _ = _FORM.fullmatch(self.equation).groups()  # type: ignore[union-attr]
        self._axes, self._open = (x, kernel, y), bool(self._before or after)
        if any(axis not in y for axis in self.bias_axes or ""):
            raise bad_argument(self, "bias_axes", f"some of the output's, '{y}'", self.bias_axes)
        sized = y if self._before else y[1:]  # the first one is the batch
        sizes = self.output_shape[-len(sized) :] if self._before else self.output_shape
        if len(sizes) != len(sized):
            expected = f"one size for each of '{sized}'"
            raise bad_argument(self, "output_shape", expected, self.output_shape)
        self._wanted = dict(zip(sized, sizes, strict=True))

    def axes(self, rank: int) -> tuple[str, str, str]:
        """The letters of input, kernel and output, for an input of so many axes."""
        x, kernel, y = self._axes
        more = rank - len(x)
        if more < 0 or (more and not self._open):
            least = " or more" if self._open else ""
            raise bad_input(self, f"of {len(x)} axes{least}, '{x}'", f"{rank} axes")
        free = [letter for letter in ascii_letters if letter not in self.equation]
        new = "".join(free[:more])
        return (new + x, kernel, new + y) if self._before else (x + new, kernel, y + new)

    def build(self, input_shape: tuple) -> None:
        """Make the weights for the sizes of the input."""
        x, kernel, y = self.axes(len(input_shape))
        sizes = dict(zip(x, input_shape, strict=True))
        for axis, size in self._wanted.items():
            known = sizes.get(axis)
            if None not in (size, known) and size != known:
                expected = f"{known} at '{axis}', as the input has"
                raise bad_argument(self, "output_shape", expected, self.output_shape)
            sizes[axis] = size if known is None else known
        self.kernel = self.weight("kernel", self._known(sizes, kernel))
        self.bias = None
        if self.bias_axes:
            first = min(map(y.index, self.bias_axes))
            along = {axis: sizes[axis] if axis in self.bias_axes else 1 for axis in y}
            self.bias = self.weight("bias", self._known(along, y[first:]))
        start = -len(x) if self._before else 0  # there may be other numbers of axes before
        fixed = {start + n: sizes[axis] for n, axis in enumerate(x) if axis in kernel}
        rank = None if self._before else len(x)
        self.input_spec = InputSpec(ndim=rank, min_ndim=len(self._axes[0]), axes=fixed)

    def _known(self, sizes: dict[str, int | None], axes: str) -> tuple[int, ...]:
        """The sizes of those axes, none of which may be unknown."""
        for axis in axes:
            if sizes[axis] is None:
                expected = f"with a size for '{axis}', which the input leaves open"
                raise bad_argument(self, "output_shape", expected, self.output_shape)
        return tuple(sizes[axis] for axis in axes)  # type: ignore[misc]

    @property
    def few_bits(self) -> dict[str, Bits]:
        """How the kernel is kept in few bits."""
        if self.input_spec is None:
            return {}
        _, kernel, y = self.axes(len(self._build_shapes["input_shape"]))  # type: ignore[index]
        summed = tuple(n for n, axis in enumerate(kernel) if axis not in y)
        return {"kernel": Bits(summed, scale=(kernel, y))}

    def summed_of_inputs(self, inputs: Array, *args: Any, **kwargs: Any) -> tuple[int, ...]:
        """The axes of the inputs that the sum goes over."""
        x, _, y = self.axes(inputs.ndim)
        return tuple(n for n, axis in enumerate(x) if axis not in y)

    def call(self, inputs: Array) -> Array:
        """`activation(einsum(equation, inputs, kernel) + bias)`."""
        x, kernel, y = self.axes(inputs.ndim)
        count = len(set(x) & set(kernel) - set(y))
        if count and x.endswith(kernel[:count]) and y == x[:-count] + kernel[count:]:
            result = project(inputs, self.kernel.value, count)
        else:
            result = jnp.einsum(f"{x},{kernel}->{y}", inputs, self.kernel.value)
        return self.activation(result if self.bias is None else result + self.bias.value)
