"""Resume: a run that was killed goes on where it was, to the bit.

What a run is at the end of a step: the Variables that steps change, the place in the data, the
logs, the callbacks' states and the global sources of random numbers. `Keeper` takes all of it while
`fit` runs, and puts it back when `fit` is called again.
"""

import copy
import functools
import os
import sys
import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any

import jax
import jax.numpy as jnp
import numpy as np

from ..core.fields import Described, Positive, PositiveNumber, when
from ..core.messages import UserError, UserTypeError, shape_text, short, who
from ..core.random import last_seed, make_default_seed, random_state, set_random_state
from . import record
from .callbacks import Callback
from .checkpoint import Folder
from .loop import Unkept, as_numbers
from .sealed import encode, plain_attributes, set_attributes

_MOST = 4 * 2**20  # bytes of a data set's attribute; a larger one is the data themselves
_SHORTEST = 1.0  # seconds between two checkpoints at the ends of epochs, which may be short


class Resume(Described):
    """Where and how often `fit` keeps what it needs to go on: `fit(..., resume=Resume(folder))`.

    A checkpoint is taken at the end of each epoch (the last one was a second ago at least) and
    within it. Training waits for a copy of the state on the device only; one that falls due while
    the one before is still being written is left out.

    Args:
        folder: A folder of no other use; each call of `fit` in a script needs one of its own.
        seconds: How long after a checkpoint the next one is due.
        batches: After how many batches a checkpoint is due, instead.

    Example:
        >>> often = Resume("run", batches=100)
    """

    folder: Annotated[Any, when("a path", lambda v: isinstance(v, (str, Path)) and v != "", (3,))]
    seconds: PositiveNumber = 30.0
    batches: Positive | None = None


class Keeper(Unkept):
    """A run that is kept in a folder.

    Args:
        options: Where and how often.
        model: The Trainer.
    """

    def __init__(self, options: Resume, model: Any):
        self.options, self.model = options, model
        self.folder = Folder(record.redirected(options.folder))
        self._writer = ThreadPoolExecutor(1, "denser-checkpoint", _stand_back)
        self._writing: Future[None] | None = None
        self._held: Any = None  # what the run was before the validation under way
        self._last, self._since = time.monotonic(), 0  # the last checkpoint, batches since then
        self._epoch, self._step, self._validations = 0, 0, 0
        self._said = ""  # at the end of the run
        self._found: Any = None
        try:
            self._found = self.folder.read()
        except BaseException:
            self.folder.close()
            raise
        if self._found is not None:  # before the order of the data is made of it
            if "_shuffle_seed" not in vars(model):
                make_default_seed()  # drawn as the first process did
            model._shuffle_seed = self._found["shuffle_seed"]

    def __exit__(self, *error: object) -> None:
        try:
            if error[0] is None:
                self._settle()
        finally:
            self._writer.shutdown()
            self.folder.close()
        if self._said:
            print(self._said)

    def check(self, sources: Any, arguments: dict[str, Any]) -> None:
        """See that model and data are those of the checkpoint.

        Args:
            sources: The data of training and, or None, of validation.
            arguments: Those of `fit`, for the record.

        Raises:
            UserError: for data that cannot be repositioned, and where something differs.
        """
        self._sources, self._arguments = sources, arguments
        groups = self.model._groups("train")[0]
        self._variables = list({id(v): v for group in groups for v in group}.values())
        for source in sources:
            _must_reposition(source)
        self._data = {
            **record.fingerprints(sources),
            "batches": f"{sources[0].steps} of {sources[0].batch_size} rows",
            "shuffle": str(arguments["shuffle"]),
        }
        if self._found is not None:
            self._must_fit(self._found)

    def begin(self, hooks: Any, epoch: int) -> int:
        """Write the record of a new run, or go to the epoch of the checkpoint.

        Args:
            hooks: The CallbackList.
            epoch: What `initial_epoch` says.
        """
        owner = self._sources[0].owner
        self._parties = [*hooks] if owner is None else [*hooks, owner]
        self._begun = [_frozen(_state_of(party)) for party in self._parties]
        found = self._found
        if not (self.folder.path / record.NAME).exists():
            record.write(self.folder.path, self.model, self._arguments, self._data)
        if found is None:
            if last_seed() is None:
                self.folder.write_start(self._taken(epoch, None, {}))
            return epoch
        self.logs, self._validations = found["logs"], found["validations"]
        within = found["batch"] is not None
        source, validation = self._sources
        source.pass_by(found["epoch"] - epoch + found["trained"], within and not found["trained"])
        if validation is not None:
            validation.pass_by(self._validations, False)
        if within:
            return found["epoch"]
        self._restore(found)
        return sys.maxsize if self.model.stop_training else found["epoch"]

    def enter(self, epoch: int, phase: Any) -> None:
        """Go to the batch behind which the checkpoint was taken."""
        self._epoch, self._phase, self._held = epoch, phase, None
        self._step = self.first = 0
        self.logs, self.trained = {}, False
        if self._found is not None:
            self._step = self.first = self._found["batch"]
            self.trained = self._found["trained"]
            self.logs, phase.told = as_numbers(self._found["logs"]), self._found["told"]
            self._restore(self._found)
        self._logs = self.logs

    def room(self, step: int) -> int:
        """Batches until one is due by its number."""
        batches = self.options.batches
        return sys.maxsize if batches is None else max(1, batches - self._since)

    def reached(self, step: int, logs: dict[str, Any]) -> None:
        """Take a checkpoint if it is due."""
        self._since += step - self._step
        self._step, self._logs = step, logs
        if self.options.batches is not None:
            due = self._since >= self.options.batches
        else:
            due = time.monotonic() - self._last >= self.options.seconds
        if due and self._free():
            self._keep(self._taken(self._epoch, step, logs))
        elif due:
            self._since = 0

    def hold(self, logs: dict[str, Any]) -> None:
        """Remember what the run is, in case it is ended while it validates."""
        self._held = self._taken(self._epoch, self._step, logs, trained=True)
        self._validations += 1

    def stopped(self) -> None:
        """Keep what the run is, or was before the validation that was cut short."""
        self._settle()
        self._keep(self._held or self._taken(self._epoch, self._step, self._logs))
        self._settle()
        self._said = (
            f"fit: stopped behind batch {self._step} of epoch {self._epoch + 1}. The same command "
            "goes on from there."
        )

    def epoch_ended(self, epoch: int, logs: dict[str, Any], last: bool) -> None:
        """Take a checkpoint, unless there is one already that is hardly older."""
        if last:
            self._settle()
        if last or (self._free() and time.monotonic() - self._last >= _SHORTEST):
            self._keep(self._taken(epoch, None, logs))
        if last:
            self._settle()

    def _free(self) -> bool:
        """Whether nothing is being written; raises where that failed."""
        if self._writing is not None and self._writing.done():
            self._settle()
        return self._writing is None

    def _settle(self) -> None:
        """Wait for what is being written, and raise where that failed."""
        writing, self._writing = self._writing, None
        if writing is not None:
            writing.result()

    def _keep(self, encoded: Any) -> None:
        self._last, self._since = time.monotonic(), 0
        self._writing = self._writer.submit(self.folder.write, encoded)

    def _taken(
        self, epoch: int, batch: int | None, logs: dict[str, Any], trained: bool = False
    ) -> Any:
        """All that the run is, encoded.

        Args:
            batch: The one behind the last that was trained on; None between two epochs.
            trained: Whether the epoch's batches are over, so that its validation comes next.
        """
        callbacks = []
        for party, begun in zip(self._parties, self._begun, strict=True):
            state = _state_of(party)
            if not _tells_itself(party):  # of its attributes, settings stay as the user has them
                now = _frozen(state)
                state = {name: state[name] for name in state if now[name] != begun.get(name)}
            callbacks.append([type(party).__name__, copy.deepcopy(state)])
        state = {
            "epoch": epoch,
            "batch": batch,
            "trained": trained,
            "told": 0 if batch is None else self._phase.told,
            "validations": self._validations,
            "logs": logs,
            "stop_training": bool(self.model.stop_training),
            "shuffle_seed": self.model._shuffle_seed,
            "random": random_state(),
            "callbacks": callbacks,
            "data": self._data,
            "names": [v.path for v in self._variables],
            "variables": _copies([v._value for v in self._variables]),
        }
        return encode(state)

    def _restore(self, found: dict[str, Any]) -> None:
        """Put everything back."""
        self._found = None
        for variable, value in zip(self._variables, found["variables"], strict=True):
            variable.assign(value)
        left = list(found["callbacks"])
        for party in self._parties:
            name = type(party).__name__
            place = next((i for i, (kind, _) in enumerate(left) if kind == name), None)
            if place is not None:
                load = getattr(party, "load_state", functools.partial(set_attributes, party))
                load(left.pop(place)[1])
        self.model.stop_training = found["stop_training"]
        set_random_state(found["random"])

    def _must_fit(self, found: dict[str, Any]) -> None:
        """Raise where the model or the data are not those of the checkpoint."""
        where = f"fit: `resume`: the run in {str(self.folder.path)!r}"
        kept = [(tuple(np.shape(a)), np.asarray(a).dtype.name) for a in found["variables"]]
        here = [(v.shape, v._value.dtype.name) for v in self._variables]
        if len(kept) != len(here):
            raise UserError(
                f"{where} has {len(kept)} variables, {who(self.model)} and its optimizer have "
                f"{len(here)}. Build and compile it as then, or give another folder."
            )
        for name, variable, then, now in zip(
            found["names"], self._variables, kept, here, strict=True
        ):
            if then != now:
                raise UserError(
                    f"{where}: '{name}' was {shape_text(then[0])} {then[1]}, '{variable.path}' is "
                    f"{shape_text(now[0])} {now[1]}. Build and compile it as then, or give another "
                    "folder."
                )
        then, now = found["data"], self._data
        for name in {**then, **now}:
            if then.get(name) != now.get(name):
                raise UserError(
                    f"{where} learned from other data: `{name}` was {then.get(name)}, is "
                    f"{now.get(name)}. It can go on with the same only: set a seed before you "
                    "split or change them, or give another folder."
                )


def keeper(resume: Any, model: Any) -> Unkept:
    """What keeps a run as `fit(resume=...)` says."""
    if resume is None:
        return Unkept()
    if isinstance(resume, (str, Path)):
        resume = Resume(resume)
    if not isinstance(resume, Resume):
        raise UserTypeError(
            f"fit: `resume` must be a folder, a Resume or None; got {short(resume)}."
        )
    return Keeper(resume, model)


def _must_reposition(source: Any) -> None:
    if source is not None and not source.repositions:
        raise UserError(
            "fit: `resume`: this generator or iterator cannot be set to the place where a run was "
            "ended. Give arrays, a PyDataset, or Dataset.from_generator(function), which calls the "
            "function that makes the generator anew."
        )


def _tells_itself(party: Any) -> bool:
    """Whether a callback or data set says what its state is, rather than its attributes."""
    own = getattr(type(party), "save_state", None)
    return own is not None and own is not Callback.save_state


def _state_of(party: Any) -> dict[str, Any]:
    """What a callback or data set must have again for the run to go on."""
    if hasattr(party, "save_state"):
        return party.save_state()
    return {
        name: value
        for name, value in plain_attributes(party).items()
        if sum(array.nbytes for array in encode(value)[1]) <= _MOST
    }


def _frozen(state: dict[str, Any]) -> dict[str, Any]:
    """A state as it is now, to be compared."""
    encoded = {name: encode(value) for name, value in state.items()}
    return {
        name: (value, [np.asarray(a).tobytes() for a in arrays])
        for name, (value, arrays) in encoded.items()
    }


def _stand_back() -> None:
    """Let the present thread work while training leaves a core idle: a core that it takes from one
    of XLA's threads keeps the others waiting, too."""
    with suppress(AttributeError, OSError):  # not Linux
        thread = threading.get_native_id()
        nice = os.getpriority(os.PRIO_PROCESS, thread)
        os.setpriority(os.PRIO_PROCESS, thread, min(nice + 10, 19))


@jax.jit
def _copied(arrays: list[Any]) -> list[Any]:
    return [jnp.copy(array) for array in arrays]


def _copies(arrays: list[Any]) -> list[Any]:
    """Copies for the writer, since the next program writes over the arrays themselves.

    They are made on the device, behind the program that is under way: nobody waits for it.
    """
    try:
        return _copied(arrays)
    except jax.errors.JaxRuntimeError:  # no room there for a second state
        return [np.array(array) for array in arrays]
