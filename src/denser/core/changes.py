"""Changes: how often the structure of any module was changed, so that what was found out about one
can be kept until then."""

import itertools

_numbers = itertools.count(1)


class _Changes:
    count = 0


changes = _Changes()


def changed() -> None:
    """Say that a module, or what is trained of it, is no longer what it was."""
    changes.count = next(_numbers)  # `+= 1` in two threads at once may count one of them
