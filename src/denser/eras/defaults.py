"""Defaults that were others: by era and today's class name, in today's arguments."""

from typing import Any

_FORMER_GATES: dict[str, Any] = {"recurrent_activation": "former_hard_sigmoid"}
_RATES: dict[str, dict[str, Any]] = {  # of Keras 1 and 2; tf.keras has today's
    "Adagrad": {"learning_rate": 0.01, "initial_accumulator_value": 0.0},
    "Adadelta": {"learning_rate": 1.0},
    "Adamax": {"learning_rate": 0.002},
    "Nadam": {"learning_rate": 0.002},
}
_OPTIMIZERS_OF_1 = {
    name: {**_RATES.get(name, {}), "epsilon": 1e-8} for name in ("Adam", "RMSprop", *_RATES)
}

DEFAULTS: dict[str, dict[str, dict[str, Any]]] = {
    "1": {
        **_OPTIMIZERS_OF_1,
        "Flatten": {"data_format": "channels_last"},  # in the order of the axes, whichever they are
        "LSTM": _FORMER_GATES,
        "GRU": {**_FORMER_GATES, "reset_after": False},
        "ConvLSTM2D": _FORMER_GATES,
        "Orthogonal": {"gain": 1.1},
    },
    "2": {
        **_RATES,
        # Up to 2.2 the others had the former gates, too; 2.3, the last one, has today's.
        "ConvLSTM2D": _FORMER_GATES,
        "GRU": {"reset_after": False},
        "GRUCell": {"reset_after": False},
    },
    "tf": {"ConvLSTM2D": _FORMER_GATES},
}
