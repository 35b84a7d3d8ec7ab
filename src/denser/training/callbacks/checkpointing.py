"""Callbacks that keep weights: ModelCheckpoint, BackupAndRestore, SwapEMAWeights."""

import json
import os
import shutil
from pathlib import Path
from typing import Any

from ...core.messages import UserError, bad_argument
from ...saving.atomic import write_json
from .base import Callback
from .stopping import Better, find_metric


class ModelCheckpoint(Callback):
    """Saves the model, or its weights, after epochs or batches.

    Args:
        filepath: File name; may hold `{epoch:02d}`, `{batch}` and metrics, as `{val_loss:.2f}`.
            It ends in `.keras`, or in `.weights.h5` with `save_weights_only`.
        monitor: The metric that tells the best epoch.
        verbose: 1 says what is saved.
        save_best_only: Whether only a better epoch than all before is saved.
        save_weights_only: Whether the weights alone are saved.
        mode: 'min', 'max', or 'auto': told from the name.
        save_freq: 'epoch', or a number of batches.
        initial_value_threshold: The metric's value before the run.
    """

    def __init__(
        self,
        filepath: Any,
        monitor: str = "val_loss",
        verbose: int = 0,
        save_best_only: bool = False,
        save_weights_only: bool = False,
        mode: str = "auto",
        save_freq: Any = "epoch",
        initial_value_threshold: float | None = None,
    ):
        super().__init__()
        self.filepath, self.monitor, self.verbose = os.fspath(filepath), monitor, verbose
        self.save_best_only, self.save_weights_only = save_best_only, save_weights_only
        if save_freq != "epoch" and (not isinstance(save_freq, int) or save_freq < 1):
            raise bad_argument(self, "save_freq", "'epoch' or a number of batches", save_freq)
        ending = ".weights.h5" if save_weights_only else (".keras", ".h5")
        if not self.filepath.endswith(ending):
            raise UserError(
                f"ModelCheckpoint: `filepath` must end in "
                f"{ending if save_weights_only else '.keras'}; got {self.filepath!r}."
            )
        self.save_freq, self.best = save_freq, initial_value_threshold
        self._better = Better(self, monitor, mode)
        self._batches = self._epoch = 0

    def interval(self, phase: str) -> int | None:
        """`save_freq` batches of training, or never."""
        return 1 if phase == "train" and self.save_freq != "epoch" else None

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Remember the epoch."""
        self._epoch = epoch

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        """Save after every so many batches."""
        if self.save_freq == "epoch":
            return
        self._batches += 1
        if self._batches >= self.save_freq:
            self._batches = 0
            self._save(self._epoch, batch, logs)

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Save after the epoch."""
        if self.save_freq == "epoch":
            self._save(epoch, None, logs)

    def _path(self, epoch: int, batch: int | None, logs: Any) -> str:
        values = dict(logs or {})
        if batch is not None:
            values["batch"] = batch + 1
        try:
            return self.filepath.format(epoch=epoch + 1, **values)
        except KeyError as missing:
            raise UserError(
                f"ModelCheckpoint: the file name {self.filepath!r} asks for {missing}; there are "
                f"epoch, batch, {', '.join(logs or {})}."
            ) from None

    def _save(self, epoch: int, batch: int | None, logs: Any) -> None:
        path = self._path(epoch, batch, logs)
        if self.save_best_only:
            value = find_metric(self, self.monitor, logs)
            if value is None:
                return
            if not self._better(value, self.best):
                if self.verbose:
                    print(f"\nEpoch {epoch + 1}: {self.monitor} is not better than {self.best}")
                return
            self.best = value
        if self.verbose:
            print(f"\nEpoch {epoch + 1}: saving to {path}")
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        if self.save_weights_only:
            self.model.save_weights(path, overwrite=True)
        else:
            self.model.save(path, overwrite=True)


class BackupAndRestore(Callback):
    """Keeps the state of training in a folder, and goes on from it when `fit` is called again.

    Args:
        backup_dir: The folder.
        save_freq: 'epoch', a number of batches, or False: only `save_before_preemption` saves.
        double_checkpoint: Whether the backup before the present one is kept as well.
        delete_checkpoint: Whether the folder is removed when training has come to its end.
    """

    def __init__(
        self,
        backup_dir: Any,
        save_freq: Any = "epoch",
        double_checkpoint: bool = False,
        delete_checkpoint: bool = True,
    ):
        super().__init__()
        if not backup_dir:
            raise bad_argument(self, "backup_dir", "a folder", backup_dir)
        if save_freq not in ("epoch", False) and (not isinstance(save_freq, int) or save_freq < 1):
            raise bad_argument(self, "save_freq", "'epoch' or a number of batches", save_freq)
        self.backup_dir, self.save_freq = os.fspath(backup_dir), save_freq
        self.double_checkpoint, self.delete_checkpoint = double_checkpoint, delete_checkpoint
        self._folder = Path(self.backup_dir)
        self._epoch = 0

    def interval(self, phase: str) -> int | None:
        """Every batch of training where batches are counted, or never."""
        counts = phase == "train" and self.save_freq not in ("epoch", False)
        return 1 if counts else None

    def on_train_begin(self, logs: Any = None) -> None:
        """Take over the state of an earlier run, if one was interrupted."""
        for metadata in (self._folder / "training_metadata.json", self._folder / "previous.json"):
            if not metadata.exists():
                continue
            state = json.loads(metadata.read_text())
            self.model.load_weights(self._folder / state["weights"])
            self.model._initial_epoch = state["epoch"]
            return

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Remember the epoch."""
        self._epoch = epoch

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        """Save after every so many batches; the epoch is then begun anew."""
        if self.save_freq not in ("epoch", False) and (batch + 1) % self.save_freq == 0:
            self._save(self._epoch, batch + 1)

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Save after the epoch."""
        if self.save_freq == "epoch":
            self._save(epoch + 1, 0)

    def on_train_end(self, logs: Any = None) -> None:
        """Remove the backup: the run came to its end."""
        if self.delete_checkpoint and self._folder.exists():
            shutil.rmtree(self._folder)

    def _save(self, epoch: int, batch: int) -> None:
        """Write the weights under a name of their own, then the note that names them."""
        self._folder.mkdir(parents=True, exist_ok=True)
        note = self._folder / "training_metadata.json"
        before = json.loads(note.read_text()) if note.exists() else None
        weights = f"epoch{epoch}_batch{batch}.weights.h5"
        self.model.save_weights(self._folder / weights)
        if before is not None and self.double_checkpoint:
            write_json(self._folder / "previous.json", before)
        write_json(note, {"epoch": epoch, "batch": batch, "weights": weights})
        keep = {weights} | ({before["weights"]} if before and self.double_checkpoint else set())
        for file in self._folder.glob("*.weights.h5"):
            if file.name not in keep:
                file.unlink()


class SwapEMAWeights(Callback):
    """Evaluates, predicts and saves with the moving averages of the weights.

    The optimizer must have been made with `use_ema=True`.

    Args:
        swap_on_epoch: Whether the averages are in place between epochs too, as for a
            ModelCheckpoint; else during evaluation and prediction only.
    """

    def __init__(self, swap_on_epoch: bool = False):
        super().__init__()
        self.swap_on_epoch = swap_on_epoch
        self._swapped = False

    def _pairs(self) -> list[tuple[Any, Any]]:
        optimizer = self.model.optimizer
        optimizer = getattr(optimizer, "inner_optimizer", optimizer)
        if not getattr(optimizer, "use_ema", False):
            raise UserError(
                "SwapEMAWeights: the optimizer keeps no averages; make it with use_ema=True."
            )
        averages = optimizer._model_variables_moving_average
        return list(zip(self.model.trainable_variables, averages, strict=True))

    def _swap(self, averages_in: bool) -> None:
        if self._swapped == averages_in:
            return
        for weight, average in self._pairs():
            now, other = weight.numpy(), average.numpy()
            weight.assign(other)
            average.assign(now)
        self._swapped = averages_in

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Train with the weights themselves."""
        self._swap(False)

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """The averages, for what other callbacks do between epochs."""
        if self.swap_on_epoch:
            self._swap(True)

    def on_train_end(self, logs: Any = None) -> None:
        """Leave the averages in the model where they were swapped in at each epoch."""
        self._swap(self.swap_on_epoch)

    def on_test_begin(self, logs: Any = None) -> None:
        """The averages."""
        self._swap(True)

    def on_test_end(self, logs: Any = None) -> None:
        """The weights themselves."""
        self._swap(False)

    def on_predict_begin(self, logs: Any = None) -> None:
        """The averages."""
        self._swap(True)

    def on_predict_end(self, logs: Any = None) -> None:
        """The weights themselves."""
        self._swap(False)
