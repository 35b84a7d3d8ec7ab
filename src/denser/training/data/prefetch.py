"""ahead: an iterator whose next item is made, in a thread, while the present one is used."""

import queue
import threading
from collections.abc import Iterator
from typing import Any

_END = object()


class _Failed:
    """An error of the thread, to be raised where the items are used."""

    def __init__(self, error: BaseException):
        self.error = error


def ahead(items: Iterator[Any]) -> Iterator[Any]:
    """The items of an iterator, one of them made ahead; leaving early ends the thread."""
    ready: queue.Queue = queue.Queue(maxsize=1)
    stopped = threading.Event()

    def put(item: Any) -> None:
        while not stopped.is_set():
            try:
                ready.put(item, timeout=0.1)
                return
            except queue.Full:
                continue

    def make() -> None:
        try:
            for item in items:
                put(item)
                if stopped.is_set():
                    return
            put(_END)
        except BaseException as error:
            put(_Failed(error))

    thread = threading.Thread(target=make, name="denser-data", daemon=True)
    thread.start()
    try:
        while (item := ready.get()) is not _END:
            if isinstance(item, _Failed):
                raise item.error
            yield item
    finally:
        stopped.set()
        thread.join()
