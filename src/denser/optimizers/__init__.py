"""Optimizers: the rules by which weights move against their gradients."""

from typing import Any

from . import legacy as legacy
from . import schedules as schedules
from .optimizer import OPTIMIZERS
from .optimizer import Optimizer as Optimizer
from .rules import SGD as SGD
from .rules import Adadelta as Adadelta
from .rules import Adagrad as Adagrad
from .rules import Adam as Adam
from .rules import Adamax as Adamax
from .rules import AdamW as AdamW
from .rules import Ftrl as Ftrl
from .rules import Lion as Lion
from .rules import Nadam as Nadam
from .rules import RMSprop as RMSprop
from .schedule_free import ScheduleFreeAdamW as ScheduleFreeAdamW
from .several import MultiOptimizer as MultiOptimizer
from .several import OptimizerMap as OptimizerMap
from .tensor_rules import Adafactor as Adafactor
from .tensor_rules import Lamb as Lamb
from .tensor_rules import Muon as Muon
from .wrappers import LossScaleOptimizer as LossScaleOptimizer

OPTIMIZERS.add(RMSprop, "rmsprop")
OPTIMIZERS.add(AdamW, "adamw")
OPTIMIZERS.add(ScheduleFreeAdamW, "schedulefreeadamw")


def get(identifier: Any) -> Any:
    """The optimizer meant by a name, a config, a class, or itself.

    Raises:
        UserError: for an unknown name; it lists the nearest ones.

    Example:
        >>> get("adam").name
        'adam'
    """
    return OPTIMIZERS.get(identifier)


def serialize(optimizer: Optimizer) -> dict[str, Any]:
    """The config of an optimizer, as files hold it."""
    return OPTIMIZERS.serialize(optimizer)


def deserialize(config: Any, custom_objects: dict[str, Any] | None = None) -> Any:
    """The optimizer that a config describes; its state is not part of that."""
    return OPTIMIZERS.deserialize(config, custom_objects)
