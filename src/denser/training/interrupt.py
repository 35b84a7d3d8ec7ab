"""Ctrl-C while training: the step ends, then the run; a second one stops at once."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


class Stop:
    """Whether the user asked the run to end."""

    asked = False


@contextmanager
def on_interrupt() -> Iterator[Stop]:
    """Within the `with`, a first Ctrl-C only sets `asked`; a second raises KeyboardInterrupt.

    Steps hand their arrays on to the next one, so an exception between two of them would lose the
    weights. Signals reach the main thread only: in others nothing is changed.
    """
    stop = Stop()
    if threading.current_thread() is not threading.main_thread():
        yield stop
        return
    before = signal.getsignal(signal.SIGINT)
    if before is not signal.default_int_handler:  # the program has a handler of its own
        yield stop
        return

    def handle(number: int, frame: Any) -> None:
        if stop.asked:
            raise KeyboardInterrupt
        stop.asked = True

    signal.signal(signal.SIGINT, handle)
    try:
        yield stop
    finally:
        signal.signal(signal.SIGINT, before)
