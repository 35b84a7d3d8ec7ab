"""Names that only say where what they stood for is now."""

from typing import Any


class _Gone:
    def __init__(self, *args: Any, **kwargs: Any):
        name = type(self).__name__
        raise ImportError(
            f"optimizers.legacy.{name}: there are no legacy optimizers, as in Keras 3. Write "
            f"optimizers.{name}; what it had as `decay` is a schedule now: "
            "learning_rate=optimizers.schedules.InverseTimeDecay(rate, 1, decay)."
        )


class Adagrad(_Gone):
    """Now `optimizers.Adagrad`; making this one raises an ImportError that says so."""


class Adam(_Gone):
    """Now `optimizers.Adam`; making this one raises an ImportError that says so."""


class Ftrl(_Gone):
    """Now `optimizers.Ftrl`; making this one raises an ImportError that says so."""


class RMSprop(_Gone):
    """Now `optimizers.RMSprop`; making this one raises an ImportError that says so."""


class SGD(_Gone):
    """Now `optimizers.SGD`; making this one raises an ImportError that says so."""


class Optimizer(_Gone):
    """Now `optimizers.Optimizer`; making this one raises an ImportError that says so."""
