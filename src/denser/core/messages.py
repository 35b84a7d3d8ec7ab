"""The one form of every error: who, which argument, what was expected, what came, what to do."""

import difflib
import functools
import inspect
import types
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from .. import settings

_NOT_THE_USERS = ("denser", "jax", "contextlib", "functools")
F = TypeVar("F", bound=Callable[..., Any])


class UserError(ValueError):
    """A mistake in what the caller wrote; its traceback can end at the caller's line."""


class UserTypeError(UserError, TypeError):
    """A mistake in the kind of thing that was given, or in an argument's name."""


class UnsafeFileError(UserError):
    """A file asks for what no file is given: code, other files, or more than the limits."""


class BrokenFileError(UserError, OSError):
    """A file is damaged, cut short, or not what its name says."""


def who(owner: Any) -> str:
    """`Conv2D 'stem'` for an object with a name, `Conv2D` for one without or for a class."""
    if isinstance(owner, str):
        return owner
    if isinstance(owner, type):
        return owner.__name__
    name = owner.__dict__.get("_name") or owner.__dict__.get("name")
    return f"{type(owner).__name__} '{name}'" if isinstance(name, str) else type(owner).__name__


def short(value: Any, limit: int = 120) -> str:
    """`repr(value)`, cut to one line of at most `limit` characters."""
    text = " ".join(repr(value).split())
    return text if len(text) <= limit else text[: limit - 3] + "..."


def shape_text(shape: Iterable[int | None]) -> str:
    """`(batch, 28, 28)`: a shape whose unknown first axis is the batch."""
    sizes = ["?" if size is None else str(size) for size in shape]
    if sizes and sizes[0] == "?":
        sizes[0] = "batch"
    return f"({', '.join(sizes)}{',' if len(sizes) == 1 else ''})"


def bad_argument(
    owner: Any, argument: str, expected: str, value: Any, fix: str = "", *, kind: type = UserError
) -> UserError:
    """`Conv2D 'stem': `kernel_size` must be a positive integer; got 0.`"""
    text = f"{who(owner)}: `{argument}` must be {expected}; got {short(value)}."
    return kind(f"{text} {fix}".strip())


def bad_input(
    owner: Any, expected: str, shape: Iterable[int | None] | str, fix: str = ""
) -> UserError:
    """`Dense 'head': expected input (batch, 512); got (batch, 7, 7, 512). Put Flatten() ...`"""
    got = shape if isinstance(shape, str) else shape_text(shape)
    return UserError(f"{who(owner)}: expected input {expected}; got {got}. {fix}".strip())


def bad_file(place: Any, reason: Any, *, kind: type[UserError] = BrokenFileError) -> Any:
    """`model.keras/config.json: is not JSON.`: file, place inside and reason, in 600 characters."""
    place = _clipped(str(place), 200)
    return kind(f"{place}: {_clipped(str(reason), 598 - len(place))}")


def _clipped(text: str, limit: int) -> str:
    """The text, its middle left out where it is longer than `limit` characters."""
    half = (limit - 5) // 2
    return text if len(text) <= limit else f"{text[:half]} ... {text[-half:]}"


def nearest(name: str, choices: Iterable[str], most: int = 3) -> list[str]:
    """The choices that `name` may be a slip of the pen for, best first."""
    by_folded = {choice.lower().replace("_", ""): choice for choice in choices}
    folded = difflib.get_close_matches(name.lower().replace("_", ""), by_folded, most, 0.6)
    return [by_folded[key] for key in folded]


def did_you_mean(name: str, choices: Iterable[str]) -> str:
    """`Did you mean 'relu' or 'elu'?`, the whole list where nothing is near and it is short."""
    choices = list(choices)
    near = nearest(name, choices)
    if near:
        return f"Did you mean {' or '.join(map(repr, near))}?"
    return f"Known: {', '.join(sorted(choices))}." if len(choices) <= 40 else ""


def unknown_name(kind: str, name: Any, choices: Iterable[str]) -> UserError:
    """`Unknown activation 'rellu'. Did you mean 'relu'?`"""
    return UserError(f"Unknown {kind} {short(name)}. {did_you_mean(str(name), choices)}".strip())


def unknown_argument(owner: Any, name: str, choices: Iterable[str], fix: str = "") -> UserTypeError:
    """`Dense: there is no argument `unit`. Did you mean 'units'?`, or `fix` as the hint."""
    hint = fix or did_you_mean(name, choices)
    return UserTypeError(f"{who(owner)}: there is no argument `{name}`. {hint}".strip())


def short_traceback(function: F) -> F:
    """Let the traceback of a UserError raised below `function` end at a line of the user's own.

    The frames of denser and JAX go, but for this one; those of the user's code between stay.
    """

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        try:
            return function(*args, **kwargs)
        except UserError as error:
            if not settings.is_traceback_filtering_enabled():
                raise
            notes = getattr(error, "__notes__", [])  # JAX tells there how to see its frames
            notes[:] = [note for note in notes if "JAX has removed" not in note]
            frames = _users_frames(error.__traceback__)
            raise error.with_traceback(frames) from error.__cause__
        except TypeError:
            for name in kwargs:
                if not _takes(function, name):
                    known = list(inspect.signature(function).parameters)
                    raise unknown_argument(function.__name__, name, known) from None
            raise

    return call  # type: ignore[return-value]


def _takes(function: Callable[..., Any], name: str) -> bool:
    parameters = inspect.signature(function).parameters
    return name in parameters or any(p.kind is p.VAR_KEYWORD for p in parameters.values())


def _users_frames(traceback: types.TracebackType | None) -> types.TracebackType | None:
    """The traceback without the frames of denser and of what it stands on."""
    if traceback is None:
        return None
    rest = _users_frames(traceback.tb_next)
    module = traceback.tb_frame.f_globals.get("__name__", "")
    if module.split(".")[0] in _NOT_THE_USERS:
        return rest
    return types.TracebackType(rest, traceback.tb_frame, traceback.tb_lasti, traceback.tb_lineno)
