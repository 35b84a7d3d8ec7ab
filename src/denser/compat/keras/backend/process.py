"""What holds for the whole process, as the old backend had it: phase, layouts, names."""

import contextlib
from collections.abc import Iterator
from typing import Any

from .... import settings
from ....core.messages import bad_argument
from ....core.naming import clear_session as _clear_session
from ....core.variable import name_scope as _name_scope
from ....layers.operation import present_training
from ...era import eras
from ..keywords import LAYOUTS

_ORDERINGS = {layout: word for word, layout in LAYOUTS.items()}


class Phase(int):
    """1 while a model trains, else 0. Among the inputs of `function` it is the place where the
    caller says which."""


class _Process:
    """What scripts set for the whole process."""

    phase: int | None = None
    draws: Any = None


_process = _Process()


def backend() -> str:
    """'tensorflow', the engine that older scripts were written for; 'jax' to those of today."""
    return "jax" if eras.present() == "3" else "tensorflow"


def learning_phase() -> int:
    """1 in a call that trains, 0 in another; outside of calls what was set, at first 0."""
    training = present_training()
    if training is not None:
        return int(training)
    return Phase(0) if _process.phase is None else _process.phase


def set_learning_phase(value: int) -> None:
    """Set what `learning_phase` is where no model is being called: 0 or 1."""
    if value not in (0, 1):
        raise bad_argument("set_learning_phase", "value", "0 or 1", value)
    _process.phase = int(value)


@contextlib.contextmanager
def learning_phase_scope(value: int) -> Iterator[None]:
    """`set_learning_phase` for the length of the `with`."""
    before = _process.phase
    set_learning_phase(value)
    try:
        yield
    finally:
        _process.phase = before


@contextlib.contextmanager
def drawing_from(generator: Any) -> Iterator[None]:
    """Within the `with`, random numbers outside of layers' calls come from this generator."""
    before, _process.draws = _process.draws, generator
    try:
        yield
    finally:
        _process.draws = before


def present_draws() -> Any:
    """The generator of `drawing_from`, or None."""
    return _process.draws


def image_dim_ordering() -> str:
    """'tf' where channels come last, 'th' where they come first."""
    return _ORDERINGS[settings.image_data_format()]


def set_image_dim_ordering(dim_ordering: str) -> None:
    """Set where channels stand: 'tf' for last, 'th' for first."""
    if dim_ordering not in LAYOUTS:
        expected = "'tf' or 'th'"
        raise bad_argument("set_image_dim_ordering", "dim_ordering", expected, dim_ordering)
    settings.set_image_data_format(LAYOUTS[dim_ordering])


def set_image_data_format(data_format: str) -> None:
    """Set where channels stand: 'channels_last' or 'channels_first'; 'tf' and 'th' too."""
    settings.set_image_data_format(LAYOUTS.get(data_format, data_format))


def clear_session(free_memory: bool = True) -> None:
    """Start the automatic names anew, forget the learning phase, and free memory."""
    _process.phase = None
    _clear_session(free_memory)


def manual_variable_initialization(value: bool) -> None:
    """Nothing: Variables have their values from the start."""


def name_scope(name: str, default_name: Any = None, values: Any = None) -> Any:
    """Within the `with`, new Variables have `name/` before their path."""
    return _name_scope(name)


def reset_uids() -> None:
    """Start the automatic names anew."""
    _clear_session()
