"""Lenient: what denser refuses, and Keras trains on, is said and trained on.

Only what other versions refuse as well, unknown tokens and class numbers, still is.
"""

import functools
from collections.abc import Callable
from typing import Any

from ...core.messages import UserError
from ...training import checks, compiled, rehearsal
from ..notes import notes
from ..patches import patches


def install() -> None:
    """Let these checks warn."""
    patches.put(
        checks,
        check_labels=_warned(checks.check_labels),
        _check_finite=_warned(checks._check_finite),
    )
    for module in (checks, compiled):
        patches.put(module, per_output=_shared(compiled.per_output))
    patches.put(rehearsal, check_outputs=_warned(rehearsal.check_outputs))
    patches.put(compiled, check_shape=_warned(compiled.check_shape))


def _shared(per_output: Callable[..., list]) -> Callable[..., list]:
    """Let a single target be that of every output, as TensorFlow's Keras does."""

    @functools.wraps(per_output)
    def shared(
        what: str, given: Any, names: list[str], share: bool = False, form: Any = None
    ) -> list[Any]:
        return per_output(what, given, names, share or what == "y", form)

    return shared


def _warned(check: Callable[..., None]) -> Callable[..., None]:
    @functools.wraps(check)
    def warned(*args: Any) -> None:
        try:
            check(*args)
        except UserError as error:
            if "labels must be" in str(error):
                raise
            notes.say(f"warning: {error}")

    return warned
