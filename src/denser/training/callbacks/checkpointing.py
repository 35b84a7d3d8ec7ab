"""Callbacks that keep weights: on the disk after epochs or batches, or their averages at hand."""

import os
import shutil
import warnings
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np

from ...core.messages import UnsafeFileError, UserError, bad_argument, bad_file
from ...saving import orbax
from ...saving.atomic import write_bytes, write_json
from ...saving.strict_json import digested, read_digested
from .base import Callback, Turns
from .monitor import Saver


class ModelCheckpoint(Saver):
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
        super().__init__(monitor, verbose, save_best_only, mode, save_freq, initial_value_threshold)
        self.filepath, self.save_weights_only = os.fspath(filepath), save_weights_only
        ending = ".weights.h5" if save_weights_only else ".keras"
        if not self.filepath.endswith(ending):
            raise bad_argument(self, "filepath", f"a name that ends in {ending}", self.filepath)

    def place(self, values: dict[str, Any]) -> str:
        """The path, with numbers in the place of names."""
        try:
            return self.filepath.format(**values)
        except KeyError as missing:
            raise UserError(
                f"ModelCheckpoint: the file name {self.filepath!r} asks for {missing}; there are "
                f"{', '.join(values)}."
            ) from None

    def write(self, place: str) -> str:
        """Save to the path."""
        Path(place).parent.mkdir(parents=True, exist_ok=True)
        save = self.model.save_weights if self.save_weights_only else self.model.save
        save(place, overwrite=True)
        return place


class OrbaxCheckpoint(Saver):
    """Saves the model's state through orbax: each device's part of an array by itself.

    It needs `pip install 'denser[scale]'`. `denser.saving.load_model(directory)` makes the model
    again and `model.load_weights(directory)` gives a model the newest state, on the devices of
    today: those, and how arrays are divided among them, may be others than then.

    Args:
        directory: The folder; each checkpoint is a folder in it, named by the number of the epoch,
            from 0, or of batches so far. Numbers go on behind those that are there.
        monitor: The metric that tells the best epoch.
        verbose: 1 says what is saved.
        save_best_only: Whether only a better epoch than all before is saved.
        mode: 'min', 'max', or 'auto': the metric itself tells.
        save_freq: 'epoch', or a number of batches, counted on from epoch to epoch.
        initial_value_threshold: The metric's value before the run.
        max_to_keep: How many of the newest checkpoints stay; None: all.
        save_on_background: Whether training goes on meanwhile, for which the devices need room
            for a copy of the state.
        save_weights_only: Whether optimizer, metrics and the model's config are left out.

    Raises:
        ImportError: where orbax is not installed.
        OSError: where a checkpoint could not be written, told at the next one or at the end.
    """

    def __init__(
        self,
        directory: Any,
        monitor: str = "val_loss",
        verbose: int = 0,
        save_best_only: bool = False,
        mode: str = "auto",
        save_freq: Any = "epoch",
        initial_value_threshold: float | None = None,
        max_to_keep: int | None = 1,
        save_on_background: bool = True,
        save_weights_only: bool = False,
    ):
        super().__init__(monitor, verbose, save_best_only, mode, save_freq, initial_value_threshold)
        if max_to_keep is not None and (not isinstance(max_to_keep, int) or max_to_keep < 1):
            raise bad_argument(self, "max_to_keep", "a positive integer or None", max_to_keep)
        orbax.library()
        self.directory, self.max_to_keep = os.fspath(directory), max_to_keep
        self.save_on_background = save_on_background
        self.save_weights_only = save_weights_only
        self._shelf: orbax.Shelf | None = None

    def place(self, values: dict[str, Any]) -> int:
        """The checkpoint's number, as Keras counts."""
        return self.turns.total if self.turns else values["epoch"] - 1

    def write(self, place: int) -> str:
        """Save, in the background if so wanted."""
        if self._shelf is None:
            self._shelf = orbax.Shelf(self.directory, self.max_to_keep, self.save_on_background)
        number = self._shelf.save(self.model, place, self.save_weights_only)
        return os.path.join(self.directory, str(number))

    def wait_until_finished(self) -> None:
        """Return when all that was saved is on the disk."""
        if self._shelf is not None:
            self._shelf.wait()

    def on_train_end(self, logs: Any = None) -> None:
        """Wait for what is still being written."""
        shelf, self._shelf = self._shelf, None
        if shelf is not None:
            shelf.close()


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
        self._turns = Turns.of(self, save_freq) if save_freq is not False else None
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
                epoch, weights = _told(note)
                self.model.load_weights(self._folder / weights)
            except (OSError, ValueError) as error:  # damaged, or other weights
                if note is notes[-1]:
                    raise
                warnings.warn(
                    f"BackupAndRestore: {error} The run goes on from the backup before.",
                    stacklevel=2,
                )
            else:
                self.model._initial_epoch = epoch
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
        try:
            self.model.save_weights(self._folder / weights, overwrite=True)
            if self.double_checkpoint and self._note.exists():
                write_bytes(self._note_before, self._note.read_bytes())
            write_json(self._note, digested({"epoch": epoch, "batch": batch, "weights": weights}))
        finally:
            self._sweep()

    def _sweep(self) -> None:
        """Remove weights that no note names, unless one of the notes cannot be read."""
        notes = [note for note in (self._note, self._note_before) if note.exists()]
        with suppress(ValueError):
            kept = [_told(note)[1] for note in notes]
            for file in self._folder.glob("*.weights.h5"):
                if file.name not in kept:
                    file.unlink()


def _told(note: Path) -> tuple[int, str]:
    """The epoch from which a backup's note lets the run go on, and the name of the weights.

    Keras, whose backups are read too, has one name for all weights, and no digest.
    """
    state, ours = read_digested(note)
    weights = state.get("weights") if ours else "latest.weights.h5"
    if type(epoch := state.get("epoch")) is not int or ours != ("weights" in state):
        raise bad_file(note, "does not say from where the run goes on: damaged.")
    if not isinstance(weights, str) or Path(weights).name != weights:
        raise bad_file(note, "names weights that are none beside it.", kind=UnsafeFileError)
    return epoch, weights


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
