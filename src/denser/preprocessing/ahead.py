"""Work that threads do while the host does something else: items ahead of time, or side by side."""

import queue
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Executor, wait
from typing import Any

_END = object()


class _Failed:
    """An error of the thread, to be raised where the items are used."""

    def __init__(self, error: BaseException):
        self.error = error


def ahead(items: Iterator[Any], most: int = 1) -> Iterator[Any]:
    """The items of an iterator, `most` of them made ahead; leaving early ends the thread."""
    ready: queue.Queue = queue.Queue(maxsize=most)
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


def side_by_side(
    pool: Executor, work: Callable[[Any], Any], items: Iterable[Any], most: int,
    in_order: bool = True,
) -> Iterator[Any]:  # fmt: skip
    """`work` of each item, up to `most` of them under way; `in_order`, or as they get ready."""
    with pool:
        waiting: deque = deque()
        try:
            for item in items:
                waiting.append(pool.submit(work, item))
                if len(waiting) >= most:
                    yield _next_result(waiting, in_order)
            while waiting:
                yield _next_result(waiting, in_order)
        finally:
            for future in waiting:
                future.cancel()


def _next_result(waiting: deque, in_order: bool) -> Any:
    if in_order:
        return waiting.popleft().result()
    future = next(iter(wait(waiting, return_when=FIRST_COMPLETED).done))
    waiting.remove(future)
    return future.result()
