"""Ctrl-C and SIGTERM while training: the step ends, then the run; a second Ctrl-C stops at once."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


class Stop:
    """Whether somebody asked the run to end.

    Attributes:
        asked: Whether to end behind the present step.
        terminated: Whether the process is to end as well.
    """

    asked = terminated = False

    def leave(self) -> None:
        """End the process where SIGTERM asked for it, with the exit status that shells give it."""
        if self.terminated:
            raise SystemExit(128 + signal.SIGTERM)


@contextmanager
def on_interrupt(terminates: bool = False) -> Iterator[Stop]:
    """Within the `with`, a first Ctrl-C only sets `asked`; a second raises KeyboardInterrupt.

    Steps hand their arrays on to the next one, so an exception between two of them would lose the
    weights. Signals reach the main thread only: in others nothing is changed, nor where the program
    has handlers of its own.

    Args:
        terminates: Whether SIGTERM sets `asked`, too, and `terminated`.
    """
    stop = Stop()

    def interrupt(number: int, frame: Any) -> None:
        if stop.asked:
            raise KeyboardInterrupt
        stop.asked = True

    def terminate(number: int, frame: Any) -> None:
        stop.asked = stop.terminated = True

    wanted: list[tuple[Any, Any, Any]] = [(signal.SIGINT, signal.default_int_handler, interrupt)]
    if terminates:
        wanted.append((signal.SIGTERM, signal.SIG_DFL, terminate))
    if threading.current_thread() is not threading.main_thread():
        wanted = []
    taken = [entry for entry in wanted if signal.getsignal(entry[0]) is entry[1]]
    for number, _, handle in taken:
        signal.signal(number, handle)
    try:
        yield stop
    finally:
        for number, before, _ in taken:
            signal.signal(number, before)
