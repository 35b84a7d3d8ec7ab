"""Whole models in HDF5, as every Keras before `.keras` wrote them: config, weights, training."""

import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ..core.budget import budget, damage
from ..core.custom import custom_object_scope
from ..core.messages import BrokenFileError, UserError, bad_file, who
from ..core.variable import Variable
from ..eras import Origin, compile_arguments
from . import strict_json
from .archive import KERAS_FORMAT
from .config import in_todays_form, model_config, model_from_config
from .legacy_arrays import Arrays, trained_as_today
from .legacy_weights import (
    names_of,
    origin_of,
    places_of,
    put_arrays,
    put_weights,
    take_weights,
)
from .plain_hdf5 import attribute, inner_group, opened, write_file

_CONFIG, _TRAINING, _OPTIMIZER = "model_config", "training_config", "optimizer_weights"
_SINCE_2_11 = ("/m/", "/accumulated_grad/", "/linear/")  # in the names of an optimizer's arrays


def read_legacy_model(path: Path, custom_objects: dict[str, Any] | None, compile: bool) -> Any:
    """The model in an `.h5` file that any Keras, or denser, wrote.

    Args:
        path: The file.
        custom_objects: Your own classes and functions by the names the file has for them.
        compile: Whether to compile as the saved model was, and to go on with its optimizer.

    Raises:
        UserError: for a file without a model, an unknown class, or weights that do not fit.
    """
    where = str(path)
    with opened(path, where) as source:
        config = _json_of(source, _CONFIG, where)
        if config is None:
            raise UserError(
                f"{where}: holds no model, only weights. Make the model in code and give it these "
                "with `model.load_weights`."
            )
        weights, _ = inner_group(source, ["model_weights"], where)
        origin = origin_of(where, *(group for group in (source, weights) if group is not None))
        if origin.era != "3":
            config = in_todays_form(config, origin.era, custom_objects, where)
        config.pop("compile_config", None)
        model = model_from_config(config, custom_objects, where)
        take_weights(model, source, where, own=True)
        training = _json_of(source, _TRAINING, where) if compile else None
        if training is not None:
            with custom_object_scope(custom_objects or {}):
                _compile(model, training, origin.era, where)
            if _OPTIMIZER in source and model.optimizer is not None:
                _take_state(model, source, where, origin)
    return model


def _compile(model: Any, training: dict[str, Any], era: str, where: str) -> None:
    try:
        with damage(f"{where}/{_TRAINING}", "does not say how the model was compiled"):
            model.compile_from_config(compile_arguments(training, era))
    except UserError as error:
        fix = "Load the model with compile=False, and compile it."
        raise bad_file(f"{where}/{_TRAINING}", f"{error} {fix}") from None


def _json_of(source: Any, name: str, where: str) -> Any:
    """An attribute that is JSON, or None."""
    if name not in source.attrs:
        return None
    text, limits = attribute(source, name, where), budget()
    if not isinstance(text, (str, bytes)) or limits is None:
        raise bad_file(f"{where}/{name}", "is no text.")
    return strict_json.parse(text, f"{where}/{name}", limits)


def write_legacy_model(model: Any, include_optimizer: bool = True) -> bytes:
    """A model as the bytes of an `.h5` file that Keras opens, too."""
    config = model_config(model)
    training = config.pop("compile_config", None)

    def fill(file: Any) -> None:
        file.attrs["keras_version"] = KERAS_FORMAT.encode()
        file.attrs["backend"] = b"jax"
        file.attrs[_CONFIG] = strict_json.write(config)
        put_weights(model, file.create_group("model_weights"))
        if training is not None and include_optimizer:
            training["optimizer_config"] = training.pop("optimizer")
            file.attrs[_TRAINING] = strict_json.write(training)
            if model.optimizer is not None:
                put_arrays(file.create_group(_OPTIMIZER), model.optimizer.variables)

    return write_file(fill)


# ------------------------------------------------------------------------ the optimizer's state


def _take_state(model: Any, source: Any, where: str, origin: Origin) -> None:
    """Give the optimizer its state, so that training goes on; warns where it does not fit."""
    places = places_of(source, _OPTIMIZER, where)
    optimizer, names = model.optimizer, names_of(source[_OPTIMIZER], "weight_names", where)
    try:
        arrays = [group[name] for group, name in places]
        mine = optimizer.variables
        if [array.shape for array in arrays] == [variable.shape for variable in mine]:
            optimizer.set_weights(arrays)
            return
        values = _older_state(model, names, arrays, origin)
    except (KeyError, BrokenFileError) as error:
        raise bad_file(f"{where}/{_OPTIMIZER}", str(error)) from error
    if values is None:
        warnings.warn(
            f"{where}: the state of {who(optimizer)} has {len(arrays)} arrays, which are not those "
            "that it needs now; training starts with a new state.",
            stacklevel=4,
        )
        return
    for variable, array in values:
        variable.assign(array)


def _older_state(
    model: Any, names: list[str], arrays: Arrays, origin: Origin
) -> list[tuple[Variable, np.ndarray]] | None:
    """What each Variable of an optimizer gets from an older file; None where it does not fit."""
    optimizer = model.optimizer
    scalars = [a for a in arrays if a.ndim == 0]
    found: list[tuple[Variable, np.ndarray]] = []
    if scalars:
        found.append((optimizer._iterations, np.asarray(scalars[0])))
    slots: Sequence[list[Variable]] = getattr(optimizer, "_slots", ())
    many = len(slots[0]) if slots else 0
    rest = [(n, a) for n, a in zip(names, arrays, strict=True) if a.ndim]
    if not many or not rest:
        return found
    if any(sign in name for name in names for sign in _SINCE_2_11):  # in today's order
        mine = [variable for variable in optimizer.variables if variable.shape]
        fits = [a.shape for _, a in rest] == [v.shape for v in mine]
        return [*found, *zip(mine, (a for _, a in rest), strict=True)] if fits else None
    # Keras 2's Adam wrote a third, unused moment of one number for each weight, too.
    used = [len(rest)] + ([len(rest) * many // (many + 1)] if rest[-1][1].shape == (1,) else [])
    for count in used:
        values = _slot_values(model, [array for _, array in rest[:count]], origin)
        if values is not None:
            return [*found, *values]
    return None


def _slot_values(
    model: Any, arrays: Arrays, origin: Origin
) -> list[tuple[Variable, np.ndarray]] | None:
    """What each slot of each weight gets, if the arrays are just those: first all of one kind."""
    slots, found = model.optimizer._slots, []
    each = len(arrays) // len(slots[0])
    for number in range(len(slots[0])):
        theirs = arrays[number * each : (number + 1) * each]
        mine = [slots_of_one[number] for slots_of_one in slots]
        todays = trained_as_today(model, model.trainable_variables, theirs, origin)
        if todays is None or [a.shape for a in todays] != [v.shape for v in mine]:
            return None
        found += zip(mine, todays, strict=True)
    return found
