"""TensorBoard: metrics and weights for the program of that name."""

import os
import time
import warnings
from typing import Any

import numpy as np

from ...core.messages import UserError, bad_argument
from .base import Callback, Turns


class TensorBoard(Callback):
    """Writes metrics and weights for TensorBoard (`pip install 'denser[tensorboard]'`).

    Look at them with `tensorboard --logdir logs`.

    Args:
        log_dir: The folder.
        histogram_freq: Epochs between two histograms of the weights; 0: none.
        write_graph: Whether the architecture is written, as JSON among the texts.
        write_images: Whether the weights are written as images too, with the histograms.
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
                "TensorBoard: `profile_batch` must be 0. Run `fit` inside "
                "`with jax.profiler.trace(log_dir):` instead."
            )
        if embeddings_freq or embeddings_metadata:
            raise UserError("TensorBoard: `embeddings_freq` must be 0; there is no projector.")
        self.log_dir, self.histogram_freq = os.fspath(log_dir), histogram_freq
        self.write_graph, self.write_images = write_graph, write_images
        self.write_steps_per_second = write_steps_per_second
        self.update_freq = 1 if update_freq == "batch" else update_freq
        if self.update_freq != "epoch" and not (
            isinstance(self.update_freq, int) and self.update_freq > 0
        ):
            raise bad_argument(self, "update_freq", "'epoch', 'batch' or a number", update_freq)
        self._writers: dict[str, Any] = {}
        self._turns: Turns | None = None

    def interval(self, phase: str) -> int | None:
        """Until `update_freq` batches of training are over, or never."""
        return self._turns.left if phase == "train" and self._turns else None

    def save_state(self) -> dict[str, Any]:
        """The batches so far; times are those of this process."""
        return {name: v for name, v in super().save_state().items() if name == "_turns"}

    def on_train_begin(self, logs: Any = None) -> None:
        """Write the architecture."""
        self._turns = None if self.update_freq == "epoch" else Turns(self.update_freq)
        writer = self._writer("train")
        if self.write_graph:
            try:
                architecture = self.model.to_json(indent=1)
            except (UserError, TypeError) as error:  # of somebody's own layer
                warnings.warn(f"TensorBoard: the architecture is left out. {error}", stacklevel=2)
            else:
                writer.add_text("architecture", f"```json\n{architecture}\n```", 0)

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Remember when the epoch began, and after how many steps."""
        self._begun = self._noted = (self._iterations(), time.perf_counter())

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        """Write the metrics so far."""
        if self._turns is None or not self._turns.complete(batch):
            return
        found = dict(logs or {})
        if self.write_steps_per_second:
            found["steps_per_second"] = self._speed(self._noted)
            self._noted = (self._iterations(), time.perf_counter())
        self._scalars("train", "batch_", found, self._turns.total)

    def on_test_end(self, logs: Any = None) -> None:
        """Write what an evaluation found after so many steps of training."""
        found = {f"{name}_vs_iterations": value for name, value in (logs or {}).items()}
        self._scalars("validation", "evaluation_", found, self._iterations())

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Write metrics, learning rate, speed and histograms."""
        found = {n: v for n, v in (logs or {}).items() if not n.startswith("val_")}
        validation = {n[4:]: v for n, v in (logs or {}).items() if n.startswith("val_")}
        if self.model.optimizer is not None:
            found["learning_rate"] = float(self.model.optimizer.learning_rate)
        if self.write_steps_per_second:
            found["steps_per_second"] = self._speed(self._begun)
        self._scalars("train", "epoch_", found, epoch)
        self._scalars("validation", "epoch_", validation, epoch)
        if self.histogram_freq and epoch % self.histogram_freq == 0:
            for weight in self.model.weights:
                self._write_weight(weight, epoch)

    def on_train_end(self, logs: Any = None) -> None:
        """Close the files."""
        for writer in self._writers.values():
            writer.close()
        self._writers.clear()

    def _writer(self, part: str) -> Any:
        try:
            from tensorboardX import SummaryWriter
        except ImportError:
            raise ImportError(
                "TensorBoard needs tensorboardX: pip install 'denser[tensorboard]'."
            ) from None
        if part not in self._writers:
            self._writers[part] = SummaryWriter(os.path.join(self.log_dir, part))
        return self._writers[part]

    def _scalars(self, part: str, prefix: str, values: dict[str, Any], step: int) -> None:
        """Write numbers, and let them be seen at once."""
        if not values:
            return
        writer = self._writer(part)
        for name, value in values.items():
            if np.ndim(value) == 0:
                writer.add_scalar(prefix + name, value, step)
        writer.flush()

    def _write_weight(self, weight: Any, epoch: int) -> None:
        """A weight's histogram, and the weight as an image where it has the shape of one."""
        array, writer = np.asarray(weight.raw, np.float32), self._writer("train")
        writer.add_histogram(f"{weight.path}/histogram", array, epoch)
        image = np.atleast_2d(array.squeeze())
        if self.write_images and image.ndim <= 3:
            scaled = (image - image.min()) / max(float(np.ptp(image)), 1e-12)
            images = np.moveaxis(np.atleast_3d(scaled), -1, 0)[:, None]  # (n, 1, height, width)
            writer.add_images(f"{weight.path}/image", images, epoch)

    def _iterations(self) -> int:
        optimizer = self.model.optimizer
        return 0 if optimizer is None else int(optimizer.iterations)

    def _speed(self, since: tuple[int, float]) -> float:
        """Steps per second since a moment."""
        return (self._iterations() - since[0]) / (time.perf_counter() - since[1])
