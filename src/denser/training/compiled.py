"""What `compile` was told: the loss and the metrics, matched to the model's outputs."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import jax.numpy as jnp

from .. import losses as losses_module
from .. import metrics as metrics_module
from ..core.masks import get_mask
from ..core.messages import UserError, bad_argument, did_you_mean
from ..core.tensor import as_array, leaves, map_leaves
from ..core.variable import Variable, real_rows
from ..losses import Loss, LossFunctionWrapper
from ..metrics import Mean, MeanMetricWrapper, Metric
from .targets import check_shape

_BY_SHAPE = {
    word: (f"Binary{kind}", f"Categorical{kind}", f"SparseCategorical{kind}")
    for word, kind in (("accuracy", "Accuracy"), ("crossentropy", "Crossentropy"))
}
_SHORT = {"acc": "accuracy", "ce": "crossentropy"}


def kind_of_target(y_true: Any, y_pred: Any) -> int:
    """0 for binary, 1 for one-hot, 2 for class indices, told from the shapes."""
    true, pred = tuple(y_true.shape), tuple(y_pred.shape)
    if pred and pred[-1] == 1:
        return 0
    sparse = len(true) < len(pred) or (bool(true) and true[-1] == 1 and pred[-1] != 1)
    return 2 if sparse else 1


def _word(name: Any) -> str | None:
    """'accuracy' or 'crossentropy', for a name that means one of several classes; else None."""
    word = _SHORT.get(name.lower(), name.lower()) if isinstance(name, str) else None
    return word if word in _BY_SHAPE else None


def _by_shape(name: Any, y_true: Any, y_pred: Any) -> str | None:
    """The class that 'accuracy' or 'crossentropy' means for targets of this shape."""
    word = _word(name)
    return _BY_SHAPE[word][kind_of_target(y_true, y_pred)] if word else None


def check_names(given: Any, get: Callable[[str], Any]) -> None:
    """Raise for a name that `get` does not know, in nested lists and dicts of names."""
    if isinstance(given, (list, tuple)):
        for part in given:
            check_names(part, get)
    elif isinstance(given, dict) and "class_name" not in given:
        check_names(list(given.values()), get)
    elif isinstance(given, str) and not _word(given):
        get(given)


def make_loss(identifier: Any, y_true: Any, y_pred: Any) -> Loss | None:
    """The Loss that a name, function, config or Loss means for this output."""
    if identifier is None:
        return None
    chosen = losses_module.get(_by_shape(identifier, y_true, y_pred) or identifier)
    if isinstance(chosen, Loss):
        return chosen
    name = getattr(chosen, "__name__", type(chosen).__name__)
    return LossFunctionWrapper(chosen, name=name)


def make_metric(identifier: Any, y_true: Any, y_pred: Any) -> Any:
    """The Metric that a name, function, config or Metric means for this output; None for None."""
    if identifier is None:
        return None
    chosen = metrics_module.get(_by_shape(identifier, y_true, y_pred) or identifier)
    if isinstance(chosen, Metric):
        if isinstance(identifier, str):
            chosen.name = identifier
        return chosen
    name = identifier if isinstance(identifier, str) else getattr(chosen, "__name__", None)
    return MeanMetricWrapper(chosen, name=name or type(chosen).__name__)


def output_names(y_pred: Any, known: list[str] | None) -> list[str]:
    """One name for each output: the dict's keys, the model's output names, or output_0 ...; for
    nested ones, with what leads to it before it: 'p/a'."""
    count = len(leaves(y_pred))
    if known is None or len(known) != count:
        known = [f"output_{i}" for i in range(count)]
    return _paths(y_pred, iter(known)) if isinstance(y_pred, dict) or _nested(y_pred) else known


def _paths(form: Any, known: Iterator[str]) -> list[str]:
    found = []
    by_key = isinstance(form, dict)
    for key, part in form.items() if by_key else enumerate(form):
        if isinstance(part, (dict, list, tuple)):
            found += [f"{key}/{name}" for name in _paths(part, known)]
        else:
            name = next(known)
            found.append(str(key) if by_key else name)
    return found


def _nested(form: Any) -> bool:
    """Whether there are lists or dicts within a list or dict."""
    parts = form.values() if isinstance(form, dict) else form
    return isinstance(form, (dict, list, tuple)) and any(
        isinstance(part, (dict, list, tuple)) for part in parts
    )


def _by_form(what: str, given: Any, form: Any) -> list[Any]:
    """What is given for each leaf of nested outputs, nested alike; what goes less deep stands for
    all outputs within."""
    if not isinstance(form, (dict, list, tuple)):
        return [given]
    if isinstance(form, dict):
        given = given if isinstance(given, dict) else dict.fromkeys(form, given)
        for key in given:
            if key not in form:
                raise _no_output(what, key, list(map(str, form)))
        pairs = [(given.get(key), part) for key, part in form.items()]
    else:
        alike = isinstance(given, (list, tuple)) and len(given) == len(form)
        pairs = list(zip(given if alike else [given] * len(form), form, strict=True))
    return [entry for one, part in pairs for entry in _by_form(what, one, part)]


def _no_output(what: str, key: Any, names: list[str]) -> UserError:
    hint = did_you_mean(str(key), names)
    return UserError(f"`{what}`: the model has no output named {key!r}. {hint}")


def per_output(
    what: str, given: Any, names: list[str], share: bool = False, form: Any = None
) -> list[Any]:
    """`given` as a list with one entry for each output.

    Args:
        what: The argument's name, for the error.
        given: One for all outputs (if `share`), a list in their order, or a dict by their names.
        form: The outputs, or what is nested as they are: where they are nested, `given` is too.
    """
    if _nested(form):
        return _by_form(what, given, form)
    if isinstance(given, dict):
        for key in given:
            if key not in names:
                raise _no_output(what, key, names)
        return [given.get(name) for name in names]
    if isinstance(given, (list, tuple)) and not (len(names) == 1 and len(given) != 1):
        flat = leaves(given) if what in ("y", "sample_weight", "loss") else list(given)
        if len(flat) != len(names):
            raise UserError(
                f"`{what}`: the model has {len(names)} outputs ({', '.join(names)}); "
                f"got {len(flat)} entries. Give one for each output, or a dict by their names."
            )
        return flat
    if len(names) == 1 or share or given is None:
        return [given] * len(names)
    raise UserError(
        f"`{what}`: the model has {len(names)} outputs ({', '.join(names)}); got a single entry. "
        "Give a list with one for each output, or a dict by their names."
    )


class CompiledLoss:
    """The losses of all outputs and their weights, as one scalar.

    Args:
        loss: As given to `compile`.
        loss_weights: A number for each output, as a list or dict; None: 1 each.
        names: The model's own output names, if it has any.
    """

    def __init__(self, loss: Any, loss_weights: Any, names: list[str] | None):
        check_names(loss, losses_module.get)
        _check_loss_weights(loss_weights)
        self.given, self.given_weights, self.known_names = loss, loss_weights, names
        self.losses: list[Loss | None] = []
        self.trackers: list[Mean | None] = []
        self.built = False

    def build(self, y_true: Any, y_pred: Any) -> None:
        """Choose the losses for outputs and targets of these shapes."""
        self.names = names = output_names(y_pred, self.known_names)
        self.form = map_leaves(lambda _: None, y_pred)
        targets = per_output("y", y_true, names, form=y_pred)
        given = per_output("loss", self.given, names, share=True, form=y_pred)
        self.losses = [
            None if target is None else make_loss(loss, target, pred)
            for loss, target, pred in zip(given, targets, leaves(y_pred), strict=True)
        ]
        weights = per_output("loss_weights", self.given_weights, names, form=y_pred)
        self.weights = [1.0 if w is None else w for w in weights]
        self.output_sizes = [p.shape[-1] if p.shape else None for p in leaves(y_pred)]
        if sum(loss is not None for loss in self.losses) > 1:
            self.trackers = [
                Mean(name=f"{name}_loss") if loss is not None else None
                for name, loss in zip(names, self.losses, strict=True)
            ]
        self.built = True

    def __call__(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Any:
        """The weighted sum of the outputs' losses, or None where no output has one."""
        if not self.built:
            self.build(y_true, y_pred)
        targets = per_output("y", y_true, self.names, form=y_pred)
        weights = per_output("sample_weight", sample_weight, self.names, share=True, form=y_pred)
        total = None
        for i, pred in enumerate(leaves(y_pred)):
            loss = self.losses[i]
            if loss is None:
                continue
            check_shape(loss, targets[i], pred)
            value = as_array(loss(targets[i], pred, weights[i]))
            tracker = self.trackers[i] if self.trackers else None
            if tracker is not None:
                tracker.update_state(value, sample_weight=real_count(pred))
            value = value if self.weights[i] == 1 else value * self.weights[i]
            total = value if total is None else total + value
        return total

    @property
    def metrics(self) -> list[Metric]:
        """The means of the single outputs' losses, where there are several."""
        return [tracker for tracker in self.trackers if tracker is not None]


def _check_loss_weights(given: Any) -> None:
    for weight in leaves(given):
        if isinstance(weight, str) or callable(weight):
            fix = "Metrics are given by name: metrics=[...]."
            raise bad_argument("compile", "loss_weights", "a number for each output", given, fix)


def real_count(x: Any) -> Any:
    """How many rows of a batch count: all, or those that do not only fill it up."""
    rows = real_rows()
    if rows is None:
        return jnp.asarray(x.shape[0], jnp.float32)
    return jnp.sum(rows.astype(jnp.float32))


class CompiledMetrics:
    """The metrics of all outputs: `metrics` without sample weights, `weighted` with them."""

    def __init__(self, metrics: Any, weighted_metrics: Any, names: list[str] | None):
        check_names([metrics, weighted_metrics], metrics_module.get)
        self.given, self.given_weighted, self.known_names = metrics, weighted_metrics, names
        self.entries: list[tuple[int, Metric, bool, str]] = []
        self.built = False

    def build(self, y_true: Any, y_pred: Any) -> None:
        """Choose the metrics for outputs and targets of these shapes, and name them."""
        self.names = names = output_names(y_pred, self.known_names)
        targets, preds = per_output("y", y_true, names, form=y_pred), leaves(y_pred)
        taken: dict[str, int] = {}
        for what, given, weighted in (
            ("metrics", self.given, False),
            ("weighted_metrics", self.given_weighted, True),
        ):
            for i, listed in enumerate(_listed(what, given, names, y_pred)):
                for identifier in listed:
                    if identifier is None or targets[i] is None:
                        continue
                    metric = make_metric(identifier, targets[i], preds[i])
                    output = names[i].split("/")[-1]
                    name = metric.name if len(names) == 1 else f"{output}_{metric.name}"
                    if name in taken:
                        taken[name] += 1
                        name = f"weighted_{name}" if weighted else f"{name}_{taken[name]}"
                    else:
                        taken[name] = 0
                    self.entries.append((i, metric, weighted, name))
        self.built = True

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any, rows: Any = None) -> None:
        """Count one batch; `rows` tells which of its rows are real (None: all)."""
        if not self.built:
            self.build(y_true, y_pred)
        targets, preds = per_output("y", y_true, self.names, form=y_pred), leaves(y_pred)
        weights = per_output("sample_weight", sample_weight, self.names, share=True, form=y_pred)
        for i, metric, weighted, _ in self.entries:
            weight = weights[i] if weighted else None
            if rows is not None:
                weight = rows_as_weights(rows, weight, preds[i])
            if weight is None:
                metric.update_state(targets[i], preds[i])
            else:
                metric.update_state(targets[i], preds[i], sample_weight=weight)

    @property
    def metrics(self) -> list[Metric]:
        """The metrics, in the order in which they are shown."""
        return [metric for _, metric, _, _ in self.entries]

    def results(self) -> dict[str, Any]:
        """Name and value of each."""
        found: dict[str, Any] = {}
        for _, metric, _, name in self.entries:
            found.update(named_result(metric, name))
        return found


def named_result(metric: Metric, name: str) -> dict[str, Any]:
    """A metric's present value by its name, or its several; never the Variable that holds it."""
    value = map_leaves(lambda v: v.value if isinstance(v, Variable) else v, metric.result())
    return value if isinstance(value, dict) else {name: value}


def rows_as_weights(rows: Any, weight: Any, y_pred: Any) -> Any:
    """0 for the rows that only fill up a batch, times the sample weights there are."""
    real = rows.astype(jnp.float32)
    if weight is None:
        # A metric that takes the prediction's mask wants weights of the mask's shape.
        mask = get_mask(y_pred)
        return real if mask is None else jnp.broadcast_to(real[:, None], mask.shape)
    return weight * real.reshape(real.shape + (1,) * (weight.ndim - 1))


def _listed(what: str, given: Any, names: list[str], y_pred: Any) -> Iterable[list[Any]]:
    """A list of metrics for each output."""
    if given is None:
        return [[]] * len(names)
    if _nested(y_pred):
        entries = per_output(what, given, names, form=y_pred)
    elif isinstance(given, dict) or (
        len(names) > 1 and isinstance(given, (list, tuple)) and len(given) == len(names)
    ):
        entries = per_output(what, given, names)
    else:
        one = list(given) if isinstance(given, (list, tuple)) else [given]
        if len(names) == 1 and len(one) == 1 and isinstance(one[0], (list, tuple)):
            one = list(one[0])
        entries = [one] * len(names)
    return [list(e) if isinstance(e, (list, tuple)) else [e] for e in entries]
