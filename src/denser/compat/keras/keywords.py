"""Keywords: the names that arguments of the old backend had before, and the words for layouts."""

import functools
from collections.abc import Callable
from typing import Any

from ... import settings
from ...core.messages import UserTypeError, bad_argument

LAYOUTS = {"tf": "channels_last", "th": "channels_first"}


def older_names(**renamed: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Let a function also take arguments by the names that they had before.

    Args:
        **renamed: Today's name by the old one, as `border_mode="padding"`.
    """

    def wrap(function: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(function)
        def call(*args: Any, **kwargs: Any) -> Any:
            for old, today in renamed.items():
                if old in kwargs:
                    if today in kwargs:
                        raise UserTypeError(
                            f"{function.__name__}: `{old}` is `{today}`, older; give one."
                        )
                    kwargs[today] = kwargs.pop(old)
            return function(*args, **kwargs)

        return call

    return wrap


def layout(data_format: str | None) -> str:
    """'channels_last' or 'channels_first', for 'tf' and 'th', 'default' and None too."""
    if data_format in (None, "default"):
        return settings.image_data_format()
    found = LAYOUTS.get(str(data_format), data_format)
    if found not in LAYOUTS.values():
        raise bad_argument("backend", "data_format", "'channels_last' or 'channels_first'", found)
    return str(found)
