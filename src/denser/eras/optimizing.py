"""Optimizers of older versions: their names, and their arguments in today's."""

from typing import Any

from ..core.messages import UserError

_NAMES = ("SGD", "RMSprop", "Adagrad", "Adadelta", "Adam", "AdamW", "Adamax", "Nadam", "Ftrl",
          "Lion", "Adafactor")  # fmt: skip
# Old name, as code and configs have it, to today's class.
OPTIMIZERS = {spelt: name for name in _NAMES for spelt in (name, name.lower(), f"Custom>{name}")}
_DROPPED = ("is_legacy_optimizer", "jit_compile", "exclude_from_weight_decay", "schedule_decay")


def optimizer_arguments(arguments: dict[str, Any]) -> dict[str, Any]:
    """An optimizer's arguments in today's names.

    `decay` is a schedule today: `lr / (1 + decay * step)`.

    Example:
        >>> optimizer_arguments({"lr": 0.1, "decay": 0.0, "epsilon": None})
        {'learning_rate': 0.1}
    """
    given = {key: value for key, value in arguments.items() if key not in _DROPPED}
    if "lr" in given:
        given = {"learning_rate": given.pop("lr"), **given}
    if isinstance(schedule := given.get("learning_rate"), dict):
        inner = {k: v for k, v in schedule["config"].items() if (k, v) != ("name", None)}
        told = {"module": "keras.optimizers.schedules", **schedule, "config": inner}
        given["learning_rate"] = told
    decay = given.pop("decay", None)
    if decay:
        if "learning_rate" not in given:
            raise UserError(
                "`decay` needs the learning rate that it shrinks: give `learning_rate` too."
            )
        given["learning_rate"] = {
            "module": "keras.optimizers.schedules",
            "class_name": "InverseTimeDecay",
            "config": {
                "initial_learning_rate": given["learning_rate"],
                "decay_steps": 1,
                "decay_rate": decay,
            },
        }
    for key in ("epsilon", "weight_decay"):  # said nothing
        if key in given and not given[key]:
            del given[key]
    return given
