"""Callbacks that write down or send what happens: CSVLogger, TensorBoard, RemoteMonitor, Lambda."""

import csv
import json
import os
import time
import urllib.error
import urllib.parse
import urllib.request
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from ...core.messages import UserError, bad_argument
from .base import Callback


class LambdaCallback(Callback):
    """A Callback made of functions, given by the names of the hooks.

    Args:
        on_epoch_begin, on_epoch_end: `f(epoch, logs)`.
        on_train_begin, on_train_end: `f(logs)`.
        on_train_batch_begin, on_train_batch_end: `f(batch, logs)`.
    """

    def __init__(
        self,
        on_epoch_begin: Callable[..., Any] | None = None,
        on_epoch_end: Callable[..., Any] | None = None,
        on_train_begin: Callable[..., Any] | None = None,
        on_train_end: Callable[..., Any] | None = None,
        on_train_batch_begin: Callable[..., Any] | None = None,
        on_train_batch_end: Callable[..., Any] | None = None,
        **kwargs: Any,
    ):
        super().__init__()
        hooks = {
            "on_epoch_begin": on_epoch_begin,
            "on_epoch_end": on_epoch_end,
            "on_train_begin": on_train_begin,
            "on_train_end": on_train_end,
            "on_train_batch_begin": on_train_batch_begin,
            "on_train_batch_end": on_train_batch_end,
            **kwargs,
        }
        self._batch_hooks = False
        for name, function in hooks.items():
            if function is None:
                continue
            if not hasattr(Callback, name):
                raise bad_argument(self, name, "a hook of Callback", function)
            setattr(self, name, function)
            self._batch_hooks = self._batch_hooks or "batch" in name

    def interval(self, phase: str) -> int | None:
        """Every batch, where a function for batches was given."""
        return 1 if self._batch_hooks else None


class CSVLogger(Callback):
    """Writes the metrics of every epoch into a table, a line for each.

    Args:
        filename: The file.
        separator: What stands between two values.
        append: Whether lines are added to the file that is there.
    """

    def __init__(self, filename: Any, separator: str = ",", append: bool = False):
        super().__init__()
        self.filename, self.sep, self.append = os.fspath(filename), separator, append
        self.keys: list[str] | None = None
        self._file: Any = None

    def on_train_begin(self, logs: Any = None) -> None:
        """Open the file."""
        old = Path(self.filename)
        self._has_header = self.append and old.exists() and old.stat().st_size > 0
        self._file = open(self.filename, "a" if self.append else "w", newline="")
        self.keys = None

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Write a line."""
        logs = logs or {}
        if self.keys is None:
            self.keys = sorted(logs)
            # Where the first epoch is not validated, later ones may be.
            missing = [f"val_{key}" for key in self.keys if f"val_{key}" not in logs]
            if not any(key.startswith("val_") for key in self.keys):
                self.keys += missing
        writer = csv.DictWriter(self._file, ["epoch", *self.keys], delimiter=self.sep, restval="NA",
                                extrasaction="ignore")  # fmt: skip
        if not self._has_header:
            writer.writeheader()
            self._has_header = True
        writer.writerow({"epoch": epoch, **{k: _cell(v) for k, v in logs.items()}})
        self._file.flush()

    def on_train_end(self, logs: Any = None) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()
            self._file = None


def _cell(value: Any) -> Any:
    if np.ndim(value) > 0:
        return f'"[{", ".join(map(str, value))}]"'
    return value


class RemoteMonitor(Callback):
    """Sends the metrics of every epoch to a server, by POST.

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
        self.headers, self.send_as_json = headers or {}, send_as_json

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Send; a server that does not answer is a warning."""
        data = {"epoch": epoch} | {k: np.asarray(v).tolist() for k, v in (logs or {}).items()}
        body = json.dumps(data)
        headers = dict(self.headers)
        if self.send_as_json:
            headers["Content-Type"] = "application/json"
        else:
            body = urllib.parse.urlencode({self.field: body})
        request = urllib.request.Request(self.root + self.path, body.encode(), headers)
        try:
            urllib.request.urlopen(request, timeout=10).close()
        except (urllib.error.URLError, OSError) as error:
            warnings.warn(f"RemoteMonitor: {self.root} did not take it: {error}.", stacklevel=2)


class TensorBoard(Callback):
    """Writes metrics and weights for TensorBoard (`pip install 'denser[tensorboard]'`).

    Args:
        log_dir: The folder.
        histogram_freq: Epochs between two histograms of the weights; 0: none.
        write_graph: Whether the architecture is written, as text.
        write_images: Whether weights are written as images too.
        write_steps_per_second: Whether the speed is written.
        update_freq: 'epoch', 'batch', or a number of batches between two points.
        profile_batch: Must be 0: profile with `jax.profiler` instead.
        embeddings_freq, embeddings_metadata: Must be 0 and None: the projector is not supported.
    """

    def __init__(
        self,
        log_dir: Any = "logs",
        histogram_freq: int = 0,
        write_graph: bool = True,
        write_images: bool = False,
        write_steps_per_second: bool = False,
        update_freq: Any = "epoch",
        profile_batch: Any = 0,
        embeddings_freq: int = 0,
        embeddings_metadata: Any = None,
    ):
        super().__init__()
        if profile_batch:
            raise UserError(
                "TensorBoard: `profile_batch` is not supported; use jax.profiler.trace."
            )
        if embeddings_freq or embeddings_metadata:
            raise UserError("TensorBoard: the embedding projector is not supported.")
        if update_freq not in ("epoch", "batch") and (
            not isinstance(update_freq, int) or update_freq < 1
        ):
            raise bad_argument(self, "update_freq", "'epoch', 'batch' or a number", update_freq)
        self.log_dir, self.histogram_freq = os.fspath(log_dir), histogram_freq
        self.write_graph, self.write_images = write_graph, write_images
        self.write_steps_per_second = write_steps_per_second
        self.update_freq = 1 if update_freq == "batch" else update_freq
        self._writers: dict[str, Any] = {}
        self._step = self._epoch_start_step = 0

    def interval(self, phase: str) -> int | None:
        """`update_freq` batches of training, or never."""
        if phase != "train" or self.update_freq == "epoch":
            return None
        return self.update_freq

    def _writer(self, part: str) -> Any:
        if part not in self._writers:
            try:
                from tensorboardX import SummaryWriter
            except ImportError:
                raise ImportError(
                    "TensorBoard needs tensorboardX: pip install 'denser[tensorboard]'."
                ) from None
            self._writers[part] = SummaryWriter(
                os.path.join(self.log_dir, part), write_to_disk=True
            )
        return self._writers[part]

    def on_train_begin(self, logs: Any = None) -> None:
        """Write the architecture."""
        if self.write_graph:
            self._writer("train").add_text("architecture", f"```json\n{self.model.to_json()}\n```")

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        """Write the metrics so far."""
        if self.update_freq != "epoch":
            self._step += self.update_freq
            for name, value in (logs or {}).items():
                self._writer("train").add_scalar(f"batch_{name}", value, self._step)

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Remember when the epoch began."""
        self._begun = _iterations(self.model), time.perf_counter()

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Write metrics, speed and histograms."""
        for name, value in (logs or {}).items():
            part = "validation" if name.startswith("val_") else "train"
            self._writer(part).add_scalar(f"epoch_{name.removeprefix('val_')}", value, epoch)
        if self.write_steps_per_second:
            steps, seconds = (
                _iterations(self.model) - self._begun[0],
                time.perf_counter() - self._begun[1],
            )
            self._writer("train").add_scalar("epoch_steps_per_second", steps / seconds, epoch)
        if self.histogram_freq and epoch % self.histogram_freq == 0:
            for weight in self.model.weights:
                self._writer("train").add_histogram(weight.path, weight.numpy(), epoch)
                if self.write_images and weight.ndim == 2:
                    image = weight.numpy()
                    scaled = (image - image.min()) / max(float(np.ptp(image)), 1e-12)
                    self._writer("train").add_image(weight.path, scaled[None], epoch)
        for writer in self._writers.values():
            writer.flush()

    def on_train_end(self, logs: Any = None) -> None:
        """Close the files."""
        for writer in self._writers.values():
            writer.close()
        self._writers.clear()


def _iterations(model: Any) -> int:
    return int(np.asarray(model.optimizer.iterations.value)) if model.optimizer is not None else 0
