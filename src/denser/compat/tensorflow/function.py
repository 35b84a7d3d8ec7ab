"""function: what a Python function computes, as one compiled program."""

import functools
import inspect
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.errors import JAXTypeError
from jax.extend.core import ClosedJaxpr, jaxpr_as_fun

from ...core.messages import UserError
from ...core.tensor import leaves, map_leaves
from ...core.variable import Variable, current_scope
from . import recording
from .dtypes import TensorSpec, kept
from .lift import as_operand
from .recording import Slot
from .tensor import MakesVariable, NeedsValues, Tensor, unwrap, wrap
from .watching import Watching


class _Switch:
    eagerly = False


_switch = _Switch()


def run_functions_eagerly(run_eagerly: bool) -> None:
    """Let every `tf.function` run as plain Python, or compiled again."""
    _switch.eagerly = bool(run_eagerly)


def functions_run_eagerly() -> bool:
    """Whether `run_functions_eagerly(True)` holds."""
    return _switch.eagerly


class _Program:
    """One compiled form of a function.

    Args:
        function: The Python function.
        args, kwargs: Its arguments, with Slots for arrays.
        arrays: Arrays of the shapes and types that the program is for.
    """

    def __init__(self, function: Callable[..., Any], args: Any, kwargs: Any, arrays: list[Any]):
        self.result: Any = None
        self.written: list[Variable] = []
        scope = Watching(traced=True)

        def run(*arrays: Any) -> list[Any]:
            def fill(leaf: Any) -> Any:
                return Tensor(arrays[leaf.number]) if isinstance(leaf, Slot) else leaf

            with scope, recording.suspended():
                result = function(*map_leaves(fill, args), **map_leaves(fill, kwargs))
                outputs: list[Any] = []

                def slot(leaf: Any) -> Any:
                    leaf = unwrap(leaf.raw if isinstance(leaf, Variable) else leaf)
                    if not recording.is_array(leaf):
                        return leaf
                    outputs.append(leaf)
                    return Slot(len(outputs) - 1)

                self.result = map_leaves(slot, result)
                self.written = list(scope.written.values())
                return [outputs, [scope.values[id(v)] for v in self.written]]

        closed, form = jax.make_jaxpr(run, return_shape=True)(*arrays)
        # What stands in the program as a constant and is a Variable's array is that Variable.
        by_array = {id(value): variable for variable, value in scope.read.values()}
        self.read = [by_array.get(id(c), c) for c in closed.consts]
        self.jaxpr, self.form = closed.jaxpr, jax.tree.structure(form)
        self._run = jax.jit(self._with_constants)

    def _with_constants(self, constants: list[Any], arrays: list[Any]) -> Any:
        return jaxpr_as_fun(ClosedJaxpr(self.jaxpr, constants))(*arrays)

    def run(self, constants: list[Any], arrays: list[Any]) -> Any:
        """(outputs, new values of the Variables that it assigns)."""
        return jax.tree.unflatten(self.form, self._run(constants, arrays))

    def __call__(self, arrays: list[Any]) -> Any:
        constants = []
        for each in self.read:
            constants.append(each.raw if isinstance(each, Variable) else each)
            if isinstance(each, Variable):
                recording.note_read(each, constants[-1])
        outputs, values = recording.call(self.run, [constants, arrays], {})
        for variable, value in zip(self.written, values, strict=True):
            if current_scope() is None:
                variable._value = value
            else:
                variable.assign(value)
        return map_leaves(lambda s: wrap(outputs[s.number]) if isinstance(s, Slot) else s,
                          self.result)  # fmt: skip


class Function:
    """A Python function that is traced once for each form of its arguments and then runs as a
    program; where Python itself must see numbers, it runs as plain Python.

    Tensors and NumPy's arrays are arguments of the program; everything else is part of its form.
    """

    def __init__(self, python_function: Callable[..., Any], input_signature: Any = None):
        self.python_function, self.input_signature = python_function, input_signature
        self._programs: dict[Any, _Program] = {}
        self._eagerly = False
        functools.update_wrapper(self, python_function)

    def __deepcopy__(self, memo: dict[int, Any]) -> "Function":
        return Function(self.python_function, self.input_signature)

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        return self if instance is None else Method(self, instance)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """What the Python function gives, numbers as Tensors."""
        if self.input_signature is not None:
            args = self._cast(args)
        if _switch.eagerly or current_scope() is not None:
            return self.python_function(*args, **kwargs)
        return map_leaves(_number_as_tensor, self._call(args, kwargs))

    def _call(self, args: tuple, kwargs: dict[str, Any]) -> Any:
        if self._eagerly:
            return self.python_function(*args, **kwargs)
        arrays: list[Any] = []

        def slot(leaf: Any) -> Any:
            array = unwrap(leaf)
            if isinstance(leaf, (np.ndarray, np.generic)):
                array = as_operand(leaf)
            if not recording.is_array(array):
                return leaf
            arrays.append(array)
            return Slot(len(arrays) - 1)

        filled = map_leaves(slot, args), map_leaves(slot, kwargs)
        if any(_is_text(leaf) for leaf in leaves(filled)):
            return self.python_function(*args, **kwargs)
        forms = tuple((a.shape, a.dtype, a.weak_type) for a in arrays)
        try:
            key = (recording.frozen(filled), forms)
            program = self._programs.get(key)
        except TypeError:  # an argument that has no hash: nothing can be looked up by it
            return self.python_function(*args, **kwargs)
        if program is None:
            try:
                program = self._programs[key] = _Program(self.python_function, *filled, arrays)
            except (JAXTypeError, NeedsValues) as error:
                self._eagerly = not isinstance(error, MakesVariable)
                return self.python_function(*args, **kwargs)
        return program(arrays)

    def _cast(self, args: tuple) -> tuple:
        """The arguments in the types of the signature.

        Raises:
            TypeError: for a Tensor of another rank, size or kind.
        """
        bound = len(args) - len(self.input_signature)
        specs = [None] * bound + list(self.input_signature)
        for given, spec in zip(args, specs, strict=False):
            if (
                isinstance(spec, TensorSpec)
                and isinstance(given, Tensor)
                and not _fits(given, spec)
            ):
                raise TypeError(
                    f"{self.python_function.__name__}: the signature says {spec}; got {given!r}."
                )
        return tuple(
            Tensor(as_operand(a).astype(kept(s.dtype))) if s is not None and _numeric(a) else a
            for a, s in zip(args, specs, strict=False)
        )

    def get_concrete_function(self, *args: Any, **kwargs: Any) -> "ConcreteFunction":
        """The function with the arguments bound that are no tensors; it finds the program by what
        it is given."""
        return ConcreteFunction(self, args, kwargs)

    def experimental_get_tracing_count(self) -> int:
        """How many programs there are."""
        return len(self._programs)

    @property
    def function_spec(self) -> Any:
        """The signature of the Python function."""
        return inspect.signature(self.python_function)


class Method:
    """A Function as a method of an object."""

    def __init__(self, function: Function, owner: Any):
        self.__func__, self.__self__ = function, owner
        parameters = inspect.signature(function.python_function).parameters
        self.__signature__ = inspect.Signature(list(parameters.values())[1:])

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """What the Function gives for this object."""
        return self.__func__(self.__self__, *args, **kwargs)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.__func__, name)

    def get_concrete_function(self, *args: Any, **kwargs: Any) -> "ConcreteFunction":
        """As of the Function, for this object."""
        return ConcreteFunction(self.__func__, (self.__self__, *args), kwargs)


class ConcreteFunction:
    """A Function for tensors of some form, its other arguments bound.

    Args:
        function: The Function.
        args, kwargs: Its arguments, tensors as Tensors or TensorSpecs.
    """

    def __init__(self, function: Function, args: tuple, kwargs: dict[str, Any]):
        self._function, self._signature = function, inspect.signature(function.python_function)
        given = self._signature.bind_partial(*args, **kwargs).arguments
        self._bound = {n: v for n, v in given.items() if not _is_tensor(v)}
        self._open = [name for name in self._signature.parameters if name not in self._bound]
        self.structured_input_signature = tuple(v for v in given.values() if _is_tensor(v)), {}
        self.name = getattr(function, "__name__", "function")

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """What the function gives."""
        if not self._bound:
            return self._function(*args, **kwargs)
        named = dict(zip(self._open, args, strict=False))
        found = self._signature.bind(**{**self._bound, **named, **kwargs})
        return self._function(*found.args, **found.kwargs)

    def __repr__(self) -> str:
        return f"<ConcreteFunction {self.name}{self.structured_input_signature[0]}>"

    @property
    def graph(self) -> Any:
        """Raise: nothing is kept as TensorFlow's graph."""
        raise UserError(f"{self.name}: there is no graph here; see jax.make_jaxpr.")


def _number_as_tensor(x: Any) -> Any:
    return Tensor(jnp.asarray(x)) if isinstance(x, (bool, int, float)) else x


def _is_tensor(x: Any) -> bool:
    return isinstance(x, (Tensor, TensorSpec, Variable, np.ndarray))


def _fits(tensor: Tensor, spec: TensorSpec) -> bool:
    """Whether a Tensor is of the spec's shape, as far as it is said, and of its kind of number."""
    text = "string" in (tensor.dtype.name, spec.dtype.name)
    if text or np.dtype(tensor.dtype.name).kind != np.dtype(spec.dtype.name).kind:
        return tensor.dtype.name == spec.dtype.name
    sizes = tensor.shape if spec.shape is None else spec.shape
    return len(sizes) == len(tensor.shape) and all(
        None in (n, m) or n == m for n, m in zip(sizes, tensor.shape, strict=True)
    )


def _numeric(x: Any) -> bool:
    return recording.is_array(unwrap(x)) or isinstance(x, np.ndarray)


def _is_text(x: Any) -> bool:
    x = unwrap(x)
    return (
        hasattr(x, "as_numpy_iterator")
        or hasattr(x, "__next__")
        or (isinstance(x, np.ndarray) and not recording.is_array(x))
    )


def function(
    func: Callable[..., Any] | None = None,
    input_signature: Any = None,
    autograph: bool = True,
    jit_compile: bool | None = None,
    reduce_retracing: bool = False,
    experimental_implements: Any = None,
    experimental_autograph_options: Any = None,
    experimental_attributes: Any = None,
    experimental_relax_shapes: Any = None,
    experimental_compile: Any = None,
    experimental_follow_type_hints: Any = None,
) -> Any:
    """Make a function run as one compiled program.

    It is traced once for each form of its arguments: a Python side effect happens then. Whatever
    needs the numbers while it is traced (`if tensor > 0`, `.numpy()`, iterating a data set)
    makes it run as plain Python, which gives the same.

    Args:
        func: The function; None makes a decorator.
        input_signature: TensorSpecs; Tensors are cast to their types.
        autograph: Of no effect: nothing is rewritten.
        jit_compile, reduce_retracing: Of no effect: JAX always compiles.
    """
    if func is None:
        return lambda f: function(f, input_signature)
    if isinstance(func, Function):
        return func
    return Function(func, input_signature)
