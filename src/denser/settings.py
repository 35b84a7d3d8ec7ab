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


def home() -> Path:
    """The folder for what denser keeps between runs: `$DENSER_HOME`, else `~/.denser`."""
    return Path(os.environ.get("DENSER_HOME") or Path.home() / ".denser")


def is_tty() -> bool:
    """Whether standard output is a terminal that can redraw a line."""
    return bool(getattr(sys.stdout, "isatty", lambda: False)())
