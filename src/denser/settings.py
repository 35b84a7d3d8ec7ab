"""What holds for the whole process: float type, fuzz factor, image layout, denser's own folder."""

import os
import sys
from pathlib import Path

_FLOATS = ("float16", "bfloat16", "float32", "float64")
_LAYOUTS = ("channels_last", "channels_first")

_floatx = "float32"
_epsilon = 1e-7
_image_data_format = "channels_last"
_interactive = True
_traceback_filtering = True
_flash_attention = True
_limits: dict[str, int | None] = {}  # what was set, before what the environment says


def _one_of(argument: str, value: object, choices: tuple[str, ...]) -> str:
    if value not in choices:
        raise ValueError(f"`{argument}` must be one of {', '.join(choices)}; got {value!r}.")
    return str(value)


def floatx() -> str:
    """The default float type of new weights and data: 'float32' unless set otherwise."""
    return _floatx


def set_floatx(value: str) -> None:
    """Set the default float type: 'float16', 'bfloat16', 'float32' or 'float64'."""
    global _floatx
    _floatx = _one_of("floatx", value, _FLOATS)


def epsilon() -> float:
    """The small number that keeps divisions and logarithms finite: 1e-7 unless set otherwise."""
    return _epsilon


def set_epsilon(value: float) -> None:
    """Set the small number that keeps divisions and logarithms finite."""
    global _epsilon
    _epsilon = float(value)


def image_data_format() -> str:
    """The default layout of images: 'channels_last' unless set otherwise."""
    return _image_data_format


def set_image_data_format(data_format: str) -> None:
    """Set the default layout of images: 'channels_last' or 'channels_first'."""
    global _image_data_format
    _image_data_format = _one_of("data_format", data_format, _LAYOUTS)


def backend() -> str:
    """The name of the engine, which is always 'jax'."""
    return "jax"


def is_interactive_logging_enabled() -> bool:
    """Whether progress is drawn as a bar (True) or written as plain log lines (False)."""
    return _interactive


def enable_interactive_logging() -> None:
    """Draw progress as a bar on the terminal."""
    global _interactive
    _interactive = True


def disable_interactive_logging() -> None:
    """Write progress as plain log lines."""
    global _interactive
    _interactive = False


def is_traceback_filtering_enabled() -> bool:
    """Whether the traceback of a user's mistake ends at the user's line."""
    return _traceback_filtering


def enable_traceback_filtering() -> None:
    """Let the traceback of a user's mistake end at the user's line."""
    global _traceback_filtering
    _traceback_filtering = True


def disable_traceback_filtering() -> None:
    """Show every frame of denser and JAX in tracebacks."""
    global _traceback_filtering
    _traceback_filtering = False


def is_flash_attention_enabled() -> bool:
    """Whether attention runs in cuDNN's kernel where it can: on an NVIDIA GPU, in half types."""
    return _flash_attention


def enable_flash_attention() -> None:
    """Let attention run in cuDNN's kernel where it can, as it does by default."""
    global _flash_attention
    _flash_attention = True


def disable_flash_attention() -> None:
    """Let no attention run in cuDNN's kernel but that which insists, with flash_attention=True."""
    global _flash_attention
    _flash_attention = False


def max_epochs() -> int | None:
    """The most epochs that any `fit` runs: as set, else `$KERAS_MAX_EPOCHS`; None: no limit."""
    return _limit("max_epochs")


def set_max_epochs(max_epochs: int | None) -> None:
    """Limit the epochs of every `fit`, for instance to try a script out; None: no limit."""
    _set_limit("max_epochs", max_epochs)


def max_steps_per_epoch() -> int | None:
    """The most batches of an epoch, of `evaluate` and of `predict`: as set, else
    `$KERAS_MAX_STEPS_PER_EPOCH`; None: no limit."""
    return _limit("max_steps_per_epoch")


def set_max_steps_per_epoch(max_steps_per_epoch: int | None) -> None:
    """Limit the batches that `fit` runs in an epoch, `evaluate` and `predict` in all."""
    _set_limit("max_steps_per_epoch", max_steps_per_epoch)


def _limit(name: str) -> int | None:
    if name in _limits:
        return _limits[name]
    given = os.environ.get(f"KERAS_{name.upper()}")
    return _checked_limit(name, int(given)) if given else None


def _set_limit(name: str, value: int | None) -> None:
    _limits[name] = None if value is None else _checked_limit(name, value)


def _checked_limit(name: str, value: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise ValueError(f"`{name}` must be a positive integer or None; got {value!r}.")
    return value


def is_nnx_enabled() -> bool:
    """Whether layers are Flax NNX modules, which is always False."""
    return False


def set_backend(backend: str) -> None:
    """Nothing for 'jax', the one engine there is; an error for every other."""
    if backend != "jax":
        raise ValueError(f"`backend` must be 'jax', the one engine of denser; got {backend!r}.")


def enable_unsafe_deserialization() -> None:
    """Raise: a file is data here, and there is no switch that lets it run code."""
    raise ValueError(
        "There is no unsafe mode: what a file holds is never run. Write lambdas as functions, and "
        "decorate your own functions and classes with "
        "@denser.saving.register_keras_serializable() before you load the file."
    )


def home() -> Path:
    """The folder for what denser keeps between runs: `$DENSER_HOME`, else `~/.denser`."""
    return Path(os.environ.get("DENSER_HOME") or Path.home() / ".denser")


def is_tty() -> bool:
    """Whether standard output is a terminal that can redraw a line."""
    return bool(getattr(sys.stdout, "isatty", lambda: False)())
