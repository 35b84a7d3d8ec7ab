"""Several optimizers in one: each weight is moved by the one that its path is given to."""

import re
from collections.abc import Callable, Iterable, Iterator, MutableMapping, Sequence
from typing import Any

from ..core.messages import UserError, UserTypeError, bad_argument, who
from ..core.registry import deserialize, serialize
from ..core.tensor import as_array
from ..core.variable import Variable
from .optimizer import OPTIMIZERS, Optimizer
from .pairing import paired


class OptimizerMap(MutableMapping):
    """Which optimizer moves a weight: the one whose pattern the weight's path matches.

    Args:
        default_optimizer: For weights that match no pattern.
        optimizer_map: Regular expressions that match the whole of a path, each with its optimizer.

    Example:
        >>> from denser.optimizers import SGD, Adam
        >>> optimizers = OptimizerMap(SGD(), {"encoder/.*": Adam()})
        >>> optimizers["encoder/dense/kernel"].name, optimizers["head/kernel"].name
        ('adam', 'sgd')
    """

    def __init__(self, default_optimizer: Any, optimizer_map: dict[str, Any] | None = None):
        self._default = _an_optimizer("default_optimizer", default_optimizer)
        self._map: dict[str, Optimizer] = {}
        for pattern, optimizer in (optimizer_map or {}).items():
            self[pattern] = optimizer

    @property
    def default_optimizer(self) -> Optimizer:
        """The optimizer of weights that match no pattern."""
        return self._default

    def __getitem__(self, key: str) -> Optimizer:
        if key in self._map:
            return self._map[key]
        found = [pattern for pattern in self._map if re.fullmatch(pattern, key)]
        if len(found) > 1:
            raise UserError(f"OptimizerMap: '{key}' matches {' and '.join(map(repr, found))}.")
        return self._map[found[0]] if found else self._default

    def __setitem__(self, key: str, optimizer: Any) -> None:
        if not isinstance(key, str):
            raise bad_argument("OptimizerMap", "key", "a string", key)
        if key in self._map:
            raise UserError(f"OptimizerMap: there is an optimizer for {key!r} already.")
        self._map[key] = _an_optimizer("optimizer", optimizer)

    def __delitem__(self, key: str) -> None:
        del self._map[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._map)

    def __len__(self) -> int:
        return len(self._map)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make this map again, in JSON's types."""
        return {
            "default_optimizer": serialize(self._default),
            "optimizer_map": {key: serialize(value) for key, value in self._map.items()},
        }

    @classmethod
    def from_config(
        cls, config: dict[str, Any], custom_objects: dict[str, Any] | None = None
    ) -> "OptimizerMap":
        """The map that `get_config` described."""
        parts = {k: deserialize(v, custom_objects) for k, v in config["optimizer_map"].items()}
        return cls(deserialize(config["default_optimizer"], custom_objects), parts)


class MultiOptimizer(Optimizer):
    """Moves each weight by the optimizer that a map, or a function of the weight, names for it.

    Args:
        optimizer_map: An OptimizerMap, or a function from a weight to its optimizer.
        loss_scale_factor: The loss is multiplied by it, the gradients are divided by it.
        name: Its name.

    Example:
        >>> from denser.optimizers import SGD, Adam
        >>> optimizer = MultiOptimizer(OptimizerMap(SGD(0.5), {"encoder/.*": Adam()}))
        >>> weight = Variable(1.0)
        >>> optimizer.apply([1.0], [weight])
        >>> float(weight)
        0.5
    """

    def __init__(
        self, optimizer_map: Any, loss_scale_factor: float | None = None, name: str | None = None
    ):
        if not isinstance(optimizer_map, OptimizerMap) and not callable(optimizer_map):
            expected = "an OptimizerMap or a function from a weight to its optimizer"
            raise bad_argument("MultiOptimizer", "optimizer_map", expected, optimizer_map)
        super().__init__(
            learning_rate=0.0, loss_scale_factor=loss_scale_factor, name=name or "multi_optimizer"
        )
        self._choose = optimizer_map
        self._by_weight: list[Optimizer] = []

    def build(self, var_list: Sequence[Variable]) -> None:
        """Find the optimizer of each weight, and build each for its weights."""
        given = self._choose
        choose: Callable = (lambda v: given[v.path]) if isinstance(given, OptimizerMap) else given
        self._by_weight = [_an_optimizer("optimizer_map", choose(v)) for v in var_list]
        for optimizer in self.optimizers:
            optimizer.build(
                [v for v, o in zip(var_list, self._by_weight, strict=True) if o is optimizer]
            )
        super().build(var_list)

    @property
    def optimizers(self) -> list[Optimizer]:
        """The optimizers that have weights to move, each once."""
        return list({id(optimizer): optimizer for optimizer in self._by_weight}.values())

    @property
    def variables(self) -> list[Variable]:
        """Its own state, then that of each optimizer."""
        return [*self._variables, *(v for o in self.optimizers for v in o.variables)]

    @property
    def learning_rate(self) -> Any:
        """There is none: each of `optimizers` has its own."""
        raise AttributeError(
            f"{who(self)}: has no learning rate; each of its `optimizers` has its own."
        )

    @learning_rate.setter
    def learning_rate(self, value: Any) -> None:
        if "_iterations" in self.__dict__:
            raise UserError(f"{who(self)}: set the learning rate of one of its `optimizers`.")
        self.__dict__["_learning_rate"] = value  # which only keeps its place in files

    def apply(self, grads: Iterable[Any], trainable_variables: Any = None) -> None:
        """Let each optimizer take a step with the gradients of its weights."""
        gradients = list(grads)
        if not gradients:
            return
        pairs = paired(self, gradients, trainable_variables)
        factor = self.loss_scale_factor or 1.0
        for optimizer in self.optimizers:
            own = [
                (as_array(gradient) / factor, variable)
                for variable, gradient in pairs
                if self._by_weight[self._get_variable_index(variable)] is optimizer
            ]
            if own:
                optimizer.apply_gradients(own)
        self._iterations.assign_add(1)

    def update_step(self, gradient: Any, variable: Variable, learning_rate: Any) -> None:
        """The step of the weight's own optimizer."""
        optimizer = self._by_weight[self._get_variable_index(variable)]
        optimizer.update_step(gradient, variable, learning_rate)

    def finalize_variable_values(self, var_list: Sequence[Variable]) -> None:
        """Each optimizer's, for its weights."""
        for optimizer in self.optimizers:
            optimizer.finalize_variable_values(optimizer._weights())

    def get_config(self) -> dict[str, Any]:
        """The arguments that make this optimizer again, in JSON's types."""
        return {
            "optimizer_map": serialize(self._choose),
            "loss_scale_factor": self.loss_scale_factor,
            "name": self.name,
        }


def _an_optimizer(argument: str, value: Any) -> Optimizer:
    found = OPTIMIZERS.get(value) if isinstance(value, (str, dict)) else value
    if not isinstance(found, Optimizer):
        raise bad_argument("OptimizerMap", argument, "an optimizer", value, kind=UserTypeError)
    return found


OPTIMIZERS.add(OptimizerMap)  # so that configs name it as they name the optimizers
