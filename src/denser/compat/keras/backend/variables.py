"""Variables, constants and placeholders; reading, setting and updating them."""

import gc
import weakref
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from .... import ops, settings
from ....core.changes import changed
from ....core.dtype import canonical
from ....core.messages import UserError, UserTypeError, short
from ....core.op import op
from ....core.tensor import KerasTensor, any_symbolic, as_array
from ....core.variable import Variable
from ....initializers import get as get_initializer
from ....layers.input import Input
from ....layers.operation import present_operation
from ....training.trainer import Trainer
from .shapes import as_tensor, of_shape, whole

# Those made here, which belong to no layer: a compiled function must be told of them. By identity.
made: "weakref.WeakValueDictionary[int, Variable]" = weakref.WeakValueDictionary()


def variable(value: Any, dtype: Any = None, name: str | None = None, constraint: Any = None) -> Any:
    """A Variable that begins with this value, of the default float type unless `dtype` says."""
    if isinstance(value, KerasTensor):
        raise UserTypeError(f"variable: `value` must be data; got {short(value)}.")
    if hasattr(value, "tocoo"):
        value = value.toarray()
    found = Variable(value, dtype=dtype or settings.floatx(), name=name)
    found.constraint = constraint
    made[id(found)] = found
    return found


def constant(value: Any, dtype: Any = None, shape: Any = None, name: str | None = None) -> Any:
    """An array that holds this value, of the default float type unless `dtype` says."""
    array = as_array(value, canonical(dtype or settings.floatx()))
    return array if shape is None else jnp.broadcast_to(array, whole(shape))


def placeholder(
    shape: Any = None,
    ndim: int | None = None,
    dtype: Any = None,
    sparse: bool = False,
    name: str | None = None,
    ragged: bool = False,
) -> KerasTensor:
    """A symbolic tensor where data will enter, of this shape, the batch included."""
    if shape is None and ndim is None:
        raise UserError("placeholder: give `shape`, or `ndim`, the number of axes.")
    shape = (None,) * (ndim or 0) if shape is None else tuple(shape)
    return Input(batch_shape=shape, dtype=dtype, sparse=sparse, ragged=ragged, name=name)


def is_placeholder(x: Any) -> bool:
    """Whether `x` is a symbolic tensor where data enter."""
    return isinstance(x, KerasTensor) and (x.history is None or not x.history[0].input_tensors)


# ------------------------------------------------------------------------------ those of a shape


def _held(value: Any, name: str | None) -> Any:
    """A Variable with this value; within a layer's call, the value."""
    if present_operation() is not None or any_symbolic(value):
        return value
    return variable(value, value.dtype, name)


def zeros(shape: Any, dtype: Any = None, name: str | None = None) -> Any:
    """A Variable of zeros; within a layer's call, or for sizes not known yet, an array."""
    return _held(of_shape(jnp.zeros)(shape, dtype=canonical(dtype or settings.floatx())), name)


def ones(shape: Any, dtype: Any = None, name: str | None = None) -> Any:
    """A Variable of ones; within a layer's call, or for sizes not known yet, an array."""
    return _held(of_shape(jnp.ones)(shape, dtype=canonical(dtype or settings.floatx())), name)


def eye(size: int, dtype: Any = None, name: str | None = None) -> Any:
    """A Variable that holds the unit matrix; within a layer's call, an array."""
    return _held(jnp.eye(*whole(size), dtype=canonical(dtype or settings.floatx())), name)


def zeros_like(x: Any, dtype: Any = None, name: str | None = None) -> Any:
    """Zeros in the shape of `x`."""
    return ops.zeros_like(x, dtype=dtype)


def ones_like(x: Any, dtype: Any = None, name: str | None = None) -> Any:
    """Ones in the shape of `x`."""
    return ops.ones_like(x, dtype=dtype)


def random_normal_variable(
    shape: Any, mean: float, scale: float, dtype: Any = None, name: Any = None, seed: Any = None
) -> Any:
    """A Variable with numbers of the normal distribution of deviation `scale`."""
    config = {"mean": mean, "stddev": scale, "seed": seed}
    drawn = get_initializer({"class_name": "RandomNormal", "config": config})
    return variable(drawn(whole(shape), canonical(dtype or settings.floatx())), dtype, name)


def random_uniform_variable(
    shape: Any, low: float, high: float, dtype: Any = None, name: Any = None, seed: Any = None
) -> Any:
    """A Variable with numbers from `low` to `high`, all equally likely."""
    config = {"minval": low, "maxval": high, "seed": seed}
    drawn = get_initializer({"class_name": "RandomUniform", "config": config})
    return variable(drawn(whole(shape), canonical(dtype or settings.floatx())), dtype, name)


# ---------------------------------------------------------------------------- reading and setting


def get_value(x: Any) -> Any:
    """The value as NumPy's: of a Variable, an array, a number."""
    if isinstance(x, KerasTensor):
        raise UserTypeError(
            f"get_value: {short(x)} has no value: it stands for data that come later. Make a "
            "function of it, K.function([inputs], [outputs]), and call that with the data."
        )
    if callable(x) and not hasattr(x, "shape"):  # a schedule of the learning rate, at its start
        x = x(0)
    found = np.array(x.raw if isinstance(x, Variable) else x)
    return found[()] if found.ndim == 0 else found


eval = get_value


def set_value(x: Any, value: Any) -> None:
    """Set a Variable."""
    if not hasattr(x, "assign"):
        raise UserTypeError(f"set_value: `x` must be a Variable; got {short(x)}.")
    before = np.array(x.raw) if id(x) in made else None
    x.assign(value)
    if before is not None and not np.array_equal(before, x.raw):
        _forget_constants()


def _forget_constants() -> None:
    """Let every model compile its steps anew: they read Variables that are not theirs, as a loss
    does, as constants. The models are looked for, since this is rare."""
    changed()
    for thing in gc.get_objects():
        if isinstance(thing, Trainer) and "_programs" in thing.__dict__:
            thing._forget_programs()


def batch_get_value(tensors: Any) -> list[Any]:
    """The values of several Variables as NumPy's."""
    return [get_value(x) for x in tensors]


def batch_set_value(tuples: Any) -> None:
    """Set several Variables, given as pairs of one and its value."""
    for x, value in tuples:
        set_value(x, value)


def update(x: Any, new_x: Any) -> Any:
    """Set a Variable; where the value is symbolic, the pair that `function` takes among its
    updates."""
    return (x, new_x) if isinstance(new_x, KerasTensor) else x.assign(new_x)


def update_add(x: Any, increment: Any) -> Any:
    """Add to a Variable; see `update`."""
    return update(x, x + increment)


def update_sub(x: Any, decrement: Any) -> Any:
    """Subtract from a Variable; see `update`."""
    return update(x, x - decrement)


def moving_average_update(x: Any, value: Any, momentum: float) -> Any:
    """Set a Variable to `x * momentum + value * (1 - momentum)`; see `update`."""
    return update(x, x * momentum + value * (1.0 - momentum))


# ------------------------------------------------------------------------------- types and kinds


def dtype(x: Any) -> str:
    """The name of the type of the elements of `x`."""
    return ops.dtype(x)


def cast(x: Any, dtype: Any) -> Any:
    """`x` with its elements turned into `dtype`."""
    return ops.cast(as_tensor(x), dtype)


def cast_to_floatx(x: Any) -> Any:
    """`x` in the default float type: NumPy's array for what is no tensor."""
    if isinstance(x, (jax.Array, KerasTensor, Variable)):
        return cast(x, settings.floatx())
    return np.asarray(x, dtype=settings.floatx())


def is_tensor(x: Any) -> bool:
    """Whether `x` is an array of the engine, a Variable or a symbolic tensor."""
    return isinstance(x, (jax.Array, KerasTensor, Variable))


def is_sparse(tensor: Any) -> bool:
    """False: the engine's arrays are dense."""
    return False


def to_dense(tensor: Any) -> Any:
    """`tensor`, scipy's sparse matrices made dense."""
    return as_array(tensor.toarray()) if hasattr(tensor, "toarray") else tensor


@op
def identity(x: jax.Array, name: str | None = None) -> jax.Array:
    """`x` itself."""
    return x


@op
def print_tensor(x: jax.Array, message: str = "", summarize: int = 3) -> jax.Array:
    """`x`, which is printed with the message before it whenever it is computed."""
    jax.debug.print(message.replace("{", "{{").replace("}", "}}") + " {}", x)
    return x
