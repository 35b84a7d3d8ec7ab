"""Layers around functions and modules of other JAX libraries: JaxLayer and FlaxLayer."""

import inspect
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from ..core.dtype import is_float
from ..core.messages import UserError, bad_argument, who
from ..core.random import as_generator
from ..core.registry import revive, serialize
from ..core.variable import Variable
from .layer import Layer


class _OfJax(Layer):
    """Base of layers whose weights are a tree that somebody else's function reads.

    A subclass gives `initial(key, inputs)`, the trees of parameters and of state, and `compute`.

    Args:
        params, state: The trees to start from; None for both lets `initial` make them.
        seed: Where the keys come from.
    """

    def __init__(self, params: Any, state: Any, seed: Any, **kwargs: Any):
        super().__init__(**kwargs)
        self.params, self.state = params, state
        self.seed_generator = as_generator(seed)

    def build(self, input_shape: Any) -> None:
        """Make the weights: those given, else what the module makes for ones of that shape."""
        params, state = self.params, self.state
        if params is None and state is None:
            with jax.ensure_compile_time_eval():
                inputs = _ones(input_shape, self.compute_dtype)
                # A key that no call will have: calls count the second word up from 0.
                seed = np.asarray(self.seed_generator.state.raw)[0]
                params, state = self.initial(jnp.array([seed, 2**31], jnp.uint32), inputs)
        self.params = jax.tree.map(lambda value: self._variable(value, True), params)
        self.state = jax.tree.map(lambda value: self._variable(value, False), state)

    def _variable(self, value: Any, trainable: bool) -> Any:
        value = np.asarray(value)
        trainable = trainable and is_float(value.dtype)
        kind = "params" if trainable else "state"
        return self.add_weight(
            value.shape, lambda *_, **__: value, value.dtype.name, trainable, name=kind
        )

    def call(self, inputs: Any, training: bool | None = False) -> Any:
        """What the function gives for the inputs; its new state is kept."""
        params, state = (
            jax.tree.map(lambda v: v.value, tree, is_leaf=_is_weight)
            for tree in (self.params, self.state)
        )
        outputs, new = self.compute(params, state, inputs, bool(training))
        if new is not None:
            old = jax.tree.leaves(self.state, is_leaf=_is_weight)
            new = jax.tree.leaves(new)
            if len(new) != len(old):
                raise UserError(
                    f"{who(self)}: gave a new state of {len(new)} arrays; its state has {len(old)}."
                )
            for variable, value in zip(old, new, strict=True):
                variable.assign(value)
        return outputs

    def initial(self, key: Any, inputs: Any) -> tuple[Any, Any]:
        """The parameters and the state that the function starts from."""
        raise NotImplementedError(f"{type(self).__name__} must define `initial`.")

    def compute(self, params: Any, state: Any, inputs: Any, training: bool) -> tuple[Any, Any]:
        """(outputs, new state, or None where it stays)."""
        raise NotImplementedError(f"{type(self).__name__} must define `compute`.")

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:
        """The layer that `get_config` described; its functions must be registered."""
        return cls(**{name: revive(value) for name, value in config.items()})


class JaxLayer(_OfJax):
    """A function of JAX as a layer: `call_fn(params, inputs)`.

    A model with a JaxLayer is saved only if the functions have names and are registered.

    Shapes:
        x: one tensor, or a list, tuple or dict of them -> whatever `call_fn` returns

    Args:
        call_fn: Takes by name `params` and `inputs`, and, where it has such parameters, `state`,
            `rng` (a key of JAX's) and `training`. With `state` it returns (outputs, new state).
        init_fn: Takes `rng` and `inputs` (ones in the input's shape, 1 for an unknown size), and
            `training` where it has it; it returns the parameters, or (parameters, state).
        params, state: Trees of arrays to start from, in place of `init_fn`.
        seed: An integer makes what is random repeatable.
        native_serialization_platforms: None; it is for TensorFlow.

    Example:
        >>> layer = JaxLayer(lambda params, inputs: inputs @ params, params=ops.ones((3, 4)))
        >>> layer(ops.ones((2, 3))).shape
        (2, 4)
    """

    def __init__(
        self,
        call_fn: Callable[..., Any],
        init_fn: Callable[..., Any] | None = None,
        params: Any = None,
        state: Any = None,
        seed: Any = None,
        native_serialization_platforms: Any = None,
        **kwargs: Any,
    ):
        super().__init__(params, state, seed, **kwargs)
        if native_serialization_platforms is not None:
            given, fix = (
                native_serialization_platforms,
                "Name platforms where the model is exported.",
            )
            raise bad_argument(self, "native_serialization_platforms", "None", given, fix)
        self.call_fn, self.init_fn = call_fn, init_fn
        known = {"params", "state", "rng", "inputs", "training"}
        self._call_names = self._names("call_fn", call_fn, {"params", "inputs"}, known)
        self._init_names: set[str] = set()
        if init_fn is not None:
            names = {"rng", "inputs", "training"}
            self._init_names = self._names("init_fn", init_fn, {"rng", "inputs"}, names)
        elif params is None and state is None:
            raise bad_argument(self, "init_fn", "given where neither `params` nor `state` is", None)

    def _names(self, argument: str, function: Any, needed: set[str], known: set[str]) -> set[str]:
        """Those of the known parameters that a function has."""
        if not callable(function):
            raise bad_argument(self, argument, "a function", function)
        parameters = inspect.signature(function).parameters.values()
        open_ended = any(p.kind is p.VAR_KEYWORD for p in parameters)
        plain = [p for p in parameters if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)]
        names = {p.name for p in plain}
        asked = {p.name for p in plain if p.default is p.empty}
        if asked - known or (needed - names and not open_ended):
            expected = f"a function of {', '.join(sorted(needed))}"
            more = ", ".join(sorted(known - needed))
            fix = f"It may take {more} too, and nothing else without a default."
            raise bad_argument(self, argument, expected, function, fix)
        return names & known | needed

    def initial(self, key: Any, inputs: Any) -> tuple[Any, Any]:
        """What `init_fn` gives."""
        given = {"rng": key, "inputs": inputs, "training": True}
        made = self.init_fn(**{name: given[name] for name in self._init_names})  # type: ignore[misc]
        return made if "state" in self._call_names else (made, None)

    def compute(self, params: Any, state: Any, inputs: Any, training: bool) -> tuple[Any, Any]:
        """What `call_fn` gives."""
        given = {"params": params, "state": state, "inputs": inputs, "training": training}
        if "rng" in self._call_names:
            given["rng"] = self.seed_generator.next()
        result = self.call_fn(**{name: given[name] for name in self._call_names})
        return result if "state" in self._call_names else (result, None)

    def get_config(self) -> dict[str, Any]:
        """The functions by their names; the trees are weights."""
        functions = {"call_fn": serialize(self.call_fn), "init_fn": serialize(self.init_fn)}
        return super().get_config() | functions


class FlaxLayer(_OfJax):
    """A module of Flax's linen as a layer: `module.apply(variables, inputs)`.

    The collection 'params' is trained; what other collections hold changes in training calls only.

    Shapes:
        x: one tensor, or a list, tuple or dict of them -> whatever the module returns

    Args:
        module: A `flax.linen.Module`.
        method: A method of it, or a function of (module, inputs), to call in place of `__call__`;
            it takes `training` too where it has such a parameter.
        variables: What `module.init` returns, to start from.

    Example:
        >>> layer = FlaxLayer(flax.linen.Dense(4))  # doctest: +SKIP
        >>> layer(ops.ones((2, 3))).shape  # doctest: +SKIP
        (2, 4)
    """

    def __init__(self, module: Any, method: Any = None, variables: Any = None, **kwargs: Any):
        params, state = None, None
        if variables is not None:
            params = variables["params"]
            state = {name: tree for name, tree in variables.items() if name != "params"}
        super().__init__(params, state, None, **kwargs)
        if not (hasattr(module, "init") and hasattr(module, "apply")):
            raise bad_argument(self, "module", "a flax.linen.Module", module)
        self.module, self.method = module, method
        function = getattr(type(module), method) if isinstance(method, str) else method
        parameters = inspect.signature(function or type(module).__call__).parameters
        self._takes_training = "training" in parameters

    def initial(self, key: Any, inputs: Any) -> tuple[Any, Any]:
        """What the module's `init` gives."""
        keys = dict(zip(("params", "dropout"), jax.random.split(key), strict=True))
        made = dict(self.module.init(keys, inputs, **self._options(True)))
        return made.pop("params", {}), made

    def compute(self, params: Any, state: Any, inputs: Any, training: bool) -> tuple[Any, Any]:
        """What the module's `apply` gives."""
        options = self._options(training)
        if training:
            options["rngs"] = {"dropout": self.seed_generator.next()}
        if not (training and state):
            return self.module.apply({"params": params, **state}, inputs, **options), None
        changing = list(state)
        return self.module.apply({"params": params, **state}, inputs, mutable=changing, **options)

    def _options(self, training: bool) -> dict[str, Any]:
        options: dict[str, Any] = {"training": training} if self._takes_training else {}
        return options if self.method is None else options | {"method": self.method}

    def get_config(self) -> dict[str, Any]:
        """The module, which must be registered with a `get_config` of its own, and the method."""
        given = {"module": serialize(self.module), "method": serialize(self.method)}
        return super().get_config() | given


def _is_weight(leaf: Any) -> bool:
    return isinstance(leaf, Variable)


def _ones(shapes: Any, dtype: str) -> Any:
    """Arrays of ones for nested shapes, with 1 for an unknown size."""
    if isinstance(shapes, dict):
        return {name: _ones(part, dtype) for name, part in shapes.items()}
    if all(size is None or isinstance(size, int) for size in shapes):
        return jnp.ones([size or 1 for size in shapes], dtype)
    return type(shapes)(_ones(part, dtype) for part in shapes)
