"""Callbacks that write down or send what happens: CSVLogger, RemoteMonitor."""

import csv
import json
import os
import urllib.parse
import urllib.request
import warnings
from pathlib import Path
from typing import Any

import numpy as np

from ...saving.atomic import write_bytes
from .base import Callback


class CSVLogger(Callback):
    """Writes the metrics of every epoch into a table, a line for each.

    The first line names the columns: the epoch, then the metrics of the first epoch by name, then,
    where that was not validated, the same with `val_` before. What is missing is "NA".

    Args:
        filename: The file.
        separator: What stands between two values.
        append: Whether lines are added to the file that is there.
    """

    def __init__(self, filename: Any, separator: str = ",", append: bool = False):
        super().__init__()
        self.filename, self.sep, self.append = os.fspath(filename), separator, append
        self.keys: list[str] | None = None

    def on_train_begin(self, logs: Any = None) -> None:
        """Make the file, or empty it unless lines are appended."""
        self.keys = None
        with open(self.filename, "a" if self.append else "w"):
            pass

    def save_state(self) -> dict[str, Any]:
        """The columns, and what stands in the file."""
        file = Path(self.filename)
        return {"keys": self.keys, "text": file.read_text() if file.exists() else ""}

    def load_state(self, state: dict[str, Any]) -> None:
        """Bring the file back to where it was: lines of epochs that come again go."""
        self.keys = state["keys"]
        write_bytes(self.filename, state["text"].encode())

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Write a line."""
        logs = logs or {}
        with open(self.filename, "a", newline="") as file:
            if self.keys is None:
                self.keys = sorted(logs)
                if not any(key.startswith("val_") for key in self.keys):
                    self.keys += [f"val_{key}" for key in self.keys]
            writer = csv.writer(file, delimiter=self.sep)
            if Path(self.filename).stat().st_size == 0:
                writer.writerow(["epoch", *self.keys])
            writer.writerow([epoch, *(_cell(logs.get(key, "NA")) for key in self.keys)])


def _cell(value: Any) -> Any:
    """A metric of several numbers as one cell."""
    return f'"[{", ".join(map(str, value))}]"' if np.ndim(value) else value


class RemoteMonitor(Callback):
    """Sends the metrics of every epoch to a server, by POST.

    A server that cannot be reached is a warning; training goes on.

    Args:
        root: Address of the server.
        path: Path below it.
        field: The form's field that holds the JSON.
        headers: HTTP headers.
        send_as_json: Whether the body is JSON rather than a form.
    """

    def __init__(
        self,
        root: str = "http://localhost:9000",
        path: str = "/publish/epoch/end/",
        field: str = "data",
        headers: dict[str, str] | None = None,
        send_as_json: bool = False,
    ):
        super().__init__()
        self.root, self.path, self.field = root, path, field
        self.headers, self.send_as_json = headers, send_as_json

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Send the epoch's number and metrics."""
        numbers = {name: np.asarray(value).tolist() for name, value in (logs or {}).items()}
        body, headers = json.dumps({"epoch": epoch, **numbers}), dict(self.headers or {})
        if self.send_as_json:
            headers.setdefault("Content-Type", "application/json")
        else:
            body = urllib.parse.urlencode({self.field: body})
        request = urllib.request.Request(self.root + self.path, body.encode(), headers)
        try:
            urllib.request.urlopen(request, timeout=10).close()
        except OSError as error:  # no connection, or an answer of 400 and above
            warnings.warn(f"RemoteMonitor: {self.root} did not take it: {error}.", stacklevel=2)
