"""Callbacks that keep weights: ModelCheckpoint, BackupAndRestore, SwapEMAWeights."""

import json
import os
import shutil
import warnings
from pathlib import Path
from typing import Any

import numpy as np

from ...core.messages import UserError, bad_argument
from ...saving.atomic import write_json
from .base import Callback, Turns
from .monitor import Monitor


class ModelCheckpoint(Monitor):
    """Saves the model, or its weights, after epochs or batches.

    Args:
        filepath: File name; may hold `{epoch:02d}`, `{batch}` and metrics, as `{val_loss:.2f}`.
            It ends in `.keras`, or in `.weights.h5` with `save_weights_only`.
        monitor: The metric that tells the best epoch.
        verbose: 1 says what is saved.
        save_best_only: Whether only a better epoch than all before is saved.
        save_weights_only: Whether the weights alone are saved.
        mode: 'min', 'max', or 'auto': the metric itself tells.
        save_freq: 'epoch', or a number of batches, counted on from epoch to epoch.
        initial_value_threshold: The metric's value before the run.

    Raises:
        UserError: for another ending, and for a name in braces that is not in the logs.
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
        super().__init__(monitor, mode, initial_value_threshold)
        self.filepath, self.verbose = os.fspath(filepath), verbose
        self.save_best_only, self.save_weights_only = save_best_only, save_weights_only
        self.save_freq, self._turns = save_freq, _turns(self, save_freq)
        self._epoch = 0
        ending = ".weights.h5" if save_weights_only else ".keras"
        if not self.filepath.endswith(ending):
            raise bad_argument(self, "filepath", f"a name that ends in {ending}", self.filepath)

    def interval(self, phase: str) -> int | None:
        """Until `save_freq` batches of training are over, or never."""
        return self._turns.left if phase == "train" and self._turns else None

    def on_train_begin(self, logs: Any = None) -> None:
        """Find out which way is better, where that matters."""
        if self.save_best_only:
            super().on_train_begin(logs)

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Remember the epoch."""
        self._epoch = epoch

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        """Save after every so many batches."""
        if self._turns and self._turns.complete(batch):
            self._save(self._epoch, logs, {"batch": batch + 1})

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Save after the epoch; one that was cut short is not the best."""
        if not self._turns and not (self.save_best_only and self.model.interrupted):
            self._save(epoch, logs, {})

    def _save(self, epoch: int, logs: Any, counts: dict[str, int]) -> None:
        path = self._path({"epoch": epoch + 1, **counts, **(logs or {})})
        before = self.best
        if self.save_best_only and not self._is_best(logs):
            self._say(epoch, f"{self.monitor} is not better than {before:.5g}")
            return
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        if self.save_weights_only:
            self.model.save_weights(path, overwrite=True)
        else:
            self.model.save(path, overwrite=True)
        why = "" if self.best == before else f"{self.monitor} is {self.best:.5g}, the best so far; "
        self._say(epoch, f"{why}saved to {path}")

    def _is_best(self, logs: Any) -> bool:
        """Whether the metric is better than ever before, or is not there: better save then."""
        value = self.watched(logs)
        if value is not None:
            if not self.better(value, self.best):
                return False
            self.best = value
        return True

    def _path(self, values: dict[str, Any]) -> str:
        try:
            return self.filepath.format(**values)
        except KeyError as missing:
            raise UserError(
                f"ModelCheckpoint: the file name {self.filepath!r} asks for {missing}; there are "
                f"{', '.join(values)}."
            ) from None

    def _say(self, epoch: int, text: str) -> None:
        if self.verbose:
            print(f"\nEpoch {epoch + 1}: {text}.")


class BackupAndRestore(Callback):
    """Keeps the state of training in a folder, and goes on from it when `fit` is called again.

    A run that was killed, or that an exception or Ctrl-C ended, so comes to the same weights as
    one that ran through, if the same seeds are set.

    Args:
        backup_dir: The folder, of no other use.
        save_freq: 'epoch'; a number of batches: the epoch is then begun anew with the weights of
            its middle; or False: nothing is saved, only restored.
        double_checkpoint: Whether the backup before the present one is kept as well, and used
            where the present one cannot be read.
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
        self.backup_dir, self.save_freq = os.fspath(backup_dir), save_freq
        self.double_checkpoint, self.delete_checkpoint = double_checkpoint, delete_checkpoint
        self._turns = _turns(self, save_freq) if save_freq is not False else None
        self._epoch = 0
        self._folder = Path(self.backup_dir)
        self._note = self._folder / "training_metadata.json"
        self._note_before = self._folder / "training_metadata.json.bkp"

    def interval(self, phase: str) -> int | None:
        """Until `save_freq` batches of training are over, or never."""
        return self._turns.left if phase == "train" and self._turns else None

    def on_train_begin(self, logs: Any = None) -> None:
        """Take over the state of an earlier run that did not come to its end."""
        notes = [note for note in (self._note, self._note_before) if note.exists()]
        for note in notes:
            try:
                state = json.loads(note.read_text())
                # Keras, whose backups are read too, has one name for all weights.
                self.model.load_weights(self._folder / state.get("weights", "latest.weights.h5"))
            except (OSError, ValueError) as error:  # damaged, or other weights
                if note is notes[-1]:
                    raise
                warnings.warn(
                    f"BackupAndRestore: {error} The run goes on from the backup before.",
                    stacklevel=2,
                )
            else:
                self.model._initial_epoch = state["epoch"]
                return

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Remember the epoch."""
        self._epoch = epoch

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        """Save after every so many batches."""
        if self._turns and self._turns.complete(batch):
            self._save(self._epoch, batch + 1)

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Save after the epoch, unless it was cut short."""
        if self.save_freq == "epoch" and not self.model.interrupted:
            self._save(epoch + 1, 0)

    def on_train_end(self, logs: Any = None) -> None:
        """Remove the backup, if the run came to its end."""
        if self.delete_checkpoint and not self.model.interrupted and self._folder.exists():
            shutil.rmtree(self._folder)

    def _save(self, epoch: int, batch: int) -> None:
        """Write the weights under a name of their own, then the note that names them.

        Whenever the run is killed, a note belongs to whole weights of its own epoch.
        """
        self._folder.mkdir(parents=True, exist_ok=True)
        weights = f"epoch{epoch}_batch{batch}.weights.h5"
        kept = {weights}
        self.model.save_weights(self._folder / weights, overwrite=True)
        if self.double_checkpoint and self._note.exists():
            before = json.loads(self._note.read_text())
            kept.add(before.get("weights"))
            write_json(self._note_before, before)
        write_json(self._note, {"epoch": epoch, "batch": batch, "weights": weights})
        for file in self._folder.glob("*.weights.h5"):
            if file.name not in kept:
                file.unlink()


class SwapEMAWeights(Callback):
    """Evaluates, predicts and saves with the moving averages of the weights.

    The optimizer must have been made with `use_ema=True`.

    Args:
        swap_on_epoch: Whether the averages are in place between epochs too, as for a
            ModelCheckpoint; else during evaluation and prediction only.

    Raises:
        UserError: where the optimizer keeps no averages.
    """

    def __init__(self, swap_on_epoch: bool = False):
        super().__init__()
        self.swap_on_epoch = swap_on_epoch
        self._weights: list[tuple[Any, np.ndarray]] | None = None  # while averages are in place

    def save_state(self) -> dict[str, Any]:
        """The weights themselves, while the averages are in their place."""
        held = self._weights
        return {"weights": None if held is None else [value for _, value in held]}

    def load_state(self, state: dict[str, Any]) -> None:
        """Know again which weights to bring back."""
        self._weights = None
        if state["weights"] is not None:
            pairs = zip(_averaged(self.model), state["weights"], strict=True)
            self._weights = [(weight, value) for (weight, _), value in pairs]

    def _put_averages(self) -> None:
        pairs = _averaged(self.model)
        if self._weights is None:
            self._weights = [(weight, np.array(weight.raw)) for weight, _ in pairs]
            for weight, average in pairs:
                weight.assign(average.raw)

    def _put_weights(self) -> None:
        for weight, value in self._weights or ():
            weight.assign(value)
        self._weights = None

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Train with the weights themselves."""
        self._put_weights()

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """The averages, for what other callbacks do between epochs."""
        if self.swap_on_epoch:
            self._put_averages()

    def on_train_end(self, logs: Any = None) -> None:
        """Leave the averages in the model, as `fit` does by itself with `use_ema`."""
        self._weights = None

    def on_test_begin(self, logs: Any = None) -> None:
        """The averages."""
        self._put_averages()

    def on_test_end(self, logs: Any = None) -> None:
        """The weights themselves."""
        self._put_weights()

    def on_predict_begin(self, logs: Any = None) -> None:
        """The averages."""
        self._put_averages()

    def on_predict_end(self, logs: Any = None) -> None:
        """The weights themselves."""
        self._put_weights()


def _averaged(model: Any) -> list[tuple[Any, Any]]:
    """The weights of which the optimizer keeps averages, each with its average."""
    optimizer = getattr(model.optimizer, "inner_optimizer", model.optimizer)
    if not getattr(optimizer, "use_ema", False):
        raise UserError(
            "SwapEMAWeights: the optimizer keeps no averages; make it with use_ema=True."
        )
    pairs = zip(model.trainable_variables, optimizer.averages, strict=True)
    return [(weight, average) for weight, average in pairs if average is not None]


def _turns(owner: Callback, save_freq: Any) -> Turns | None:
    """The count of batches that `save_freq` asks for; None for 'epoch'."""
    if save_freq == "epoch":
        return None
    if not isinstance(save_freq, int) or save_freq < 1:
        raise bad_argument(owner, "save_freq", "'epoch' or a positive number of batches", save_freq)
    return Turns(save_freq)
