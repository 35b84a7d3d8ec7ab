"""Variable: an array somebody owns. Scope: values that stand in for Variables meanwhile."""

import operator
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.core import Tracer

from . import placement
from .budget import allocate
from .changes import changed
from .dtype import canonical, is_float, standardize_dtype
from .messages import UserError, bad_argument, shape_text, unknown_argument
from .registry import FAMILIES

_ARGUMENTS = (
    "initializer", "shape", "dtype", "trainable", "autocast", "aggregation", "synchronization",
    "name",
)  # fmt: skip
_AGGREGATIONS = (None, "none", "mean", "sum", "only_first_replica")
_SYNCHRONIZATIONS = (None, "none", "auto", "on_read", "on_write")


class _Local(threading.local):
    """What the present thread is in the middle of."""

    def __init__(self) -> None:
        self.scopes: list[Scope] = []
        self.cast: str | None = None
        self.names: list[str] = []


_local = _Local()


class Scope:
    """While it is entered, reading a Variable gives the Scope's value and assigning changes it.

    Code that reads and assigns Variables so becomes a pure function: see `core.pure`.

    Args:
        values: Pairs of a Variable and the value that stands in for it.
        rows: None, or a boolean array (batch,): which rows of the batch are real; the others
            fill up the last, partial batch and must count for nothing. A Scope inside
            another has the outer one's.
        closed: Whether what is assigned stays here, also of Variables that only an outer Scope
            has; `written` has these Variables then.
    """

    def __init__(
        self,
        values: Iterable[tuple["Variable", Any]] = (),
        rows: Any = None,
        closed: bool = False,
    ):
        self.values = {id(v): x.raw if isinstance(x, Variable) else x for v, x in values}
        self.closed = closed
        self.written: dict[int, Variable] = {}
        self.losses: list[Any] = []
        self.rows = real_rows() if rows is None else rows

    def __enter__(self) -> "Scope":
        _local.scopes.append(self)
        return self

    def __exit__(self, *error: object) -> None:
        _local.scopes.remove(self)

    def find(self, variable: "Variable") -> Any:
        """The value that stands in for `variable` here, or None."""
        return self.values.get(id(variable))

    def value(self, variable: "Variable") -> Any:
        """The value of `variable` at this point, not cast."""
        value = self.values.get(id(variable))
        return variable._value if value is None else value


def current_scope() -> Scope | None:
    """The innermost Scope entered in this thread, or None."""
    return _local.scopes[-1] if _local.scopes else None


def real_rows() -> Any:
    """Which rows of the present batch are real (batch,), or None where all are: see `Scope`."""
    return _local.scopes[-1].rows if _local.scopes else None


@contextmanager
def rows_repeated(times: int) -> Iterator[None]:
    """Within the `with`, each row of the batch has become `times` rows, one after the other."""
    scope, rows = current_scope(), real_rows()
    if scope is not None and rows is not None:
        scope.rows = jnp.repeat(rows, times)
    try:
        yield
    finally:
        if scope is not None:
            scope.rows = rows


@contextmanager
def autocast(dtype: str | None) -> Iterator[None]:
    """Within the `with`, floating Variables are read in `dtype` (None: as they are stored)."""
    before, _local.cast = _local.cast, dtype
    try:
        yield
    finally:
        _local.cast = before


@contextmanager
def name_scope(name: str) -> Iterator[None]:
    """Within the `with`, new Variables have `name/` before their path."""
    _local.names.append(name)
    try:
        yield
    finally:
        _local.names.pop()


def path_to(name: str) -> str:
    """`model/dense/kernel`: a name behind those of the scopes entered in this thread."""
    return "/".join([*_local.names, name])


class Variable:
    """An array with an owner: a weight, a statistic, a metric's sum, a seed.

    Args:
        initializer: An array, a number, an initializer's name, or a function
            `(shape, dtype) -> array`.
        shape: The shape, needed with a function; sizes are positive integers.
        dtype: The stored type; None: the initializer's own, or `config.floatx()`.
        trainable: Whether an optimizer may change it.
        autocast: Whether a layer that computes in a half type reads it in that type.
        aggregation: How copies on several devices become one: 'none', 'mean', 'sum' or
            'only_first_replica'.
        synchronization: When copies become one; JAX does it where a program needs it.
        name: Its name within the owner; the path puts the owner's path before it.
    """

    def __init__(
        self,
        initializer: Any,
        shape: tuple[int, ...] | None = None,
        dtype: Any = None,
        trainable: bool = True,
        autocast: bool = True,
        aggregation: str = "none",
        synchronization: str = "auto",
        name: str | None = None,
        **kwargs: Any,
    ):
        for argument in kwargs:
            raise unknown_argument(Variable, argument, _ARGUMENTS)
        self.name = name or "variable"
        for what, given, known in (
            ("aggregation", aggregation, _AGGREGATIONS),
            ("synchronization", synchronization, _SYNCHRONIZATIONS),
        ):
            if given not in known:
                expected = f"one of {', '.join(map(repr, known))}"
                raise bad_argument(f"Variable '{self.name}'", what, expected, given)
        self.path = path_to(self.name)
        self.trainable = trainable
        self.aggregation, self.synchronization = aggregation, synchronization
        self.autocast = autocast
        self.regularizer: Any = None
        self.constraint: Any = None
        self.overwrite_with_gradient = False
        self._value = self._start(initializer, shape, dtype)
        self.shape = tuple(self._value.shape)
        self._dtype = self._value.dtype.name
        self.beside: Variable | None = None  # the weight with which an optimizer's state lies
        placement.settle([self])

    def _start(self, initializer: Any, shape: Any, dtype: Any) -> jax.Array:
        # A layer may be built while a program is traced; its weights must be real arrays.
        with jax.ensure_compile_time_eval():
            if isinstance(initializer, str):
                initializer = FAMILIES["initializers"].get(initializer)
            if callable(initializer):
                if shape is None:
                    raise bad_argument("Variable", "shape", "given with an initializer", shape)
                if any(size is None or size < 0 for size in shape):
                    raise bad_argument(
                        f"Variable '{self.name}'", "shape", "made of known sizes", shape
                    )
                dtype = canonical(standardize_dtype(dtype))
                shape = tuple(map(int, shape))
                allocate(shape, dtype, self.path)
                initializer = initializer(shape, dtype=dtype)
            elif dtype is None and isinstance(initializer, (bool, int, float)):
                dtype = standardize_dtype(type(initializer))
            dtype = None if dtype is None else canonical(dtype)
            value = getattr(initializer, "value", initializer)
            if isinstance(value, (jax.Array, list, tuple)):
                return jnp.array(value, dtype=dtype)
            # Copied on the host: JAX's own conversion compiles a program for each shape.
            value = np.array(value, dtype)
            return jax.device_put(value.astype(canonical(value.dtype), copy=False))

    @property
    def trainable(self) -> bool:
        """Whether an optimizer may change it."""
        return self._trainable

    @trainable.setter
    def trainable(self, value: bool) -> None:
        changed()
        self._trainable = bool(value)

    @property
    def value(self) -> Any:
        """The present array, from the innermost Scope that holds this Variable."""
        value = self.raw
        cast = _local.cast
        if cast is not None and self.autocast and cast != self._dtype and is_float(self._dtype):
            return value.astype(cast)
        return value

    @property
    def raw(self) -> Any:
        """The present array in the stored type, whatever the layer computes in."""
        for scope in reversed(_local.scopes):
            value = scope.find(self)
            if value is not None:
                return value
        return self._value

    @property
    def dtype(self) -> str:
        """The name of the type that `value` has."""
        if _local.cast is not None and self.autocast and is_float(self._dtype):
            return _local.cast
        return self._dtype

    @property
    def ndim(self) -> int:
        """The number of axes."""
        return len(self.shape)

    @property
    def size(self) -> int:
        """The number of elements."""
        return int(np.prod(self.shape))

    def assign(self, value: Any) -> Any:
        """Replace the array by one of the same shape; returns the new one."""
        value = getattr(value, "value", value)
        if not isinstance(value, jax.Array) and hasattr(value, "__jax_array__"):
            value = value.__jax_array__()  # another library's tensor around one of JAX's
        if not isinstance(value, jax.Array):
            value = np.array(value, dtype=self._dtype)
        value = jnp.asarray(value, dtype=self._dtype)
        if value.shape != self.shape:
            raise UserError(
                f"Variable '{self.path}' has shape {shape_text(self.shape)}; it cannot be assigned "
                f"an array of shape {shape_text(value.shape)}."
            )
        for scope in reversed(_local.scopes):
            if scope.closed:
                scope.written[id(self)] = self
            if scope.closed or id(self) in scope.values:
                scope.values[id(self)] = value
                return value
        if _local.scopes:
            _local.scopes[-1].values[id(self)] = value
        elif isinstance(value, Tracer):
            raise UserError(
                f"Variable '{self.path}' is assigned inside a JAX transformation that does not "
                "know it. Call the model's `stateless_call`, which returns what changed."
            )
        else:
            # A copy of its own: a training step writes over the arrays of the variables it changes.
            # Made on the host, since JAX would compile a program for each shape.
            self._value = _copy(value, self._value)
        return value

    def assign_add(self, value: Any) -> Any:
        """Add to the array."""
        return self.assign(self.raw + getattr(value, "value", value))

    def assign_sub(self, value: Any) -> Any:
        """Subtract from the array."""
        return self.assign(self.raw - getattr(value, "value", value))

    def numpy(self) -> np.ndarray:
        """A copy of the present array as NumPy's."""
        return np.array(self.value)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        return np.array(self.value, dtype=dtype)

    def __jax_array__(self) -> Any:
        return self.value

    def __repr__(self) -> str:
        head = f"<Variable path={self.path}, shape={self.shape}, dtype={self._dtype}"
        if isinstance(self.raw, Tracer):
            return f"{head}>"
        return f"{head}, value={np.array2string(np.asarray(self.raw), threshold=20)}>"

    def __getitem__(self, index: Any) -> Any:
        return self.value[index]

    def __len__(self) -> int:
        return len(self.value)

    def __iter__(self) -> Iterator[Any]:
        return iter(self.value)

    def __bool__(self) -> bool:
        return bool(self.value)

    def __float__(self) -> float:
        return float(self.value)

    def __int__(self) -> int:
        return int(self.value)

    def __neg__(self) -> Any:
        return -self.value

    def __abs__(self) -> Any:
        return abs(self.value)

    def __invert__(self) -> Any:
        return ~self.value

    __hash__ = object.__hash__

    if TYPE_CHECKING:  # Python's other operators, which `_forward` attaches
        __add__ = __sub__ = __mul__ = __truediv__ = __floordiv__ = __mod__ = __pow__ = __getitem__
        __radd__ = __rsub__ = __rmul__ = __rtruediv__ = __rfloordiv__ = __rmod__ = __getitem__
        __rpow__ = __matmul__ = __rmatmul__ = __and__ = __or__ = __xor__ = __getitem__
        __lt__ = __le__ = __gt__ = __ge__ = __getitem__


def _copy(value: jax.Array, before: jax.Array) -> jax.Array:
    """A copy by way of the host, divided as `before` was, left free to move (uncommitted) if
    all was on one device: a program is compiled anew where an argument that was free is not any
    more."""
    divided = [a.sharding for a in (before, value) if len(a.sharding.device_set) > 1]
    return jax.device_put(np.array(value), divided[0] if divided else None)


def _forward(name: str) -> None:
    """Give Variable an operator that acts on its value (and that of another Variable)."""
    method: Callable = getattr(operator, name, None) or getattr(operator, name.rstrip("_") + "_")

    def left(self: Variable, other: Any) -> Any:
        # A symbolic tensor records the Variable, not its value; so does what says `goes_first`.
        if hasattr(other, "history") or hasattr(other, "goes_first"):
            return NotImplemented
        return method(self.value, getattr(other, "value", other))

    def right(self: Variable, other: Any) -> Any:
        return method(getattr(other, "value", other), self.value)

    dunder = name.rstrip("_")
    setattr(Variable, f"__{dunder}__", left)
    setattr(Variable, f"__r{dunder}__", right)


for _name in ("add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "matmul", "and_", "or_",
              "xor", "eq", "ne", "lt", "le", "gt", "ge"):  # fmt: skip
    _forward(_name)
Variable.__hash__ = object.__hash__  # type: ignore[method-assign]
