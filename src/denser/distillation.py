"""Distillation: a small model that learns from a large one beside the labels."""

from collections.abc import Callable
from typing import Annotated, Any, ClassVar

import jax.numpy as jnp

from . import losses
from .core.fields import PositiveNumber, Rule
from .core.messages import UserError, bad_argument, shape_text
from .core.registry import Family, Registered, deserialize, serialize
from .core.tensor import leaves, map_leaves
from .metrics import Mean
from .models import Model
from .ops.nn import softmax

DISTILLATION = Family("distillation loss", "distillation")


def _are_losses(value: Any) -> bool:
    return any(loss is not None for loss in leaves(value))


def _get_losses(value: Any) -> Any:
    if isinstance(value, dict) and "class_name" in value:
        return losses.get(value)
    return map_leaves(losses.get, value)


Losses = Annotated[
    Any,
    Rule(
        "a loss, or several in the form of the outputs, one of them not None",
        _are_losses,
        _get_losses,
        bad=("no such loss", [None, None]),
        none=True,
    ),
]
LayerName = Annotated[str | None, Rule("a layer's name", lambda v: isinstance(v, str), bad=(17,))]


class DistillationLoss(Registered):
    """Base of the measures of how far a student is from its teacher.

    A subclass defines `compute_loss`; the two `validate_` methods raise where it cannot be used.
    """

    family: ClassVar[Family] = DISTILLATION
    is_a_base = True
    loss: ClassVar[Any] = None
    teacher_layer_name: ClassVar[str | None] = None
    student_layer_name: ClassVar[str | None] = None

    def compute_loss(self, teacher_outputs: Any, student_outputs: Any, **kwargs: Any) -> Any:
        """The scalar to minimize."""
        raise NotImplementedError(f"{type(self).__name__} must define `compute_loss`.")

    def validate_outputs(self, teacher_outputs: Any, student_outputs: Any) -> None:
        """Raise where the two do not have one form."""
        teachers, students = len(leaves(teacher_outputs)), len(leaves(student_outputs))
        if teachers != students:
            raise UserError(
                f"{type(self).__name__}: the teacher has {teachers} outputs, the student "
                f"{students}; they must have as many."
            )
        wanted = len(leaves(self.loss))
        if self.loss is not None and wanted != teachers:
            raise bad_argument(self, "loss", f"{teachers} losses, one for each output", self.loss)

    def validate_model_compatibility(self, teacher: Model, student: Model) -> None:
        """Raise where the models do not have what is compared."""


def _sum(function: Callable, loss: Any, teacher: Any, student: Any) -> Any:
    """The sum of `function(loss, teacher's, student's)` over the outputs that have a loss."""
    triples = zip(leaves(loss), leaves(teacher), leaves(student), strict=True)
    return sum(jnp.mean(function(one, t, s)) for one, t, s in triples if one is not None)


class LogitsDistillation(DistillationLoss):
    """Loss between the outputs over a temperature `T`: `T^2 * KL(softmax(t / T), softmax(s / T))`,
    or `loss(t / T, s / T)` for another loss than KL.

    Args:
        temperature: The larger, the more the unlikely classes count.
        loss: A loss or its name, or several in the form of the outputs, None for none.

    Example:
        >>> float(LogitsDistillation().compute_loss(ops.ones((2, 3)), ops.ones((2, 3))))
        0.0

    Source: Hinton et al. 2015, arXiv:1503.02531. Keras leaves the softmax out where the loss is
    given as 'kl_divergence', its default.
    """

    temperature: PositiveNumber = 3.0
    loss: Losses = "kl_divergence"  # type: ignore[assignment]

    def compute_loss(self, teacher_outputs: Any, student_outputs: Any, **kwargs: Any) -> Any:
        """The sum of the losses of all outputs."""
        return _sum(self._one, self.loss, teacher_outputs, student_outputs)

    def _one(self, loss: Any, teacher: Any, student: Any) -> Any:
        teacher, student = teacher / self.temperature, student / self.temperature
        if loss is losses.kl_divergence or isinstance(loss, losses.KLDivergence):
            return loss(softmax(teacher), softmax(student)) * self.temperature**2
        return loss(teacher, student)


class FeatureDistillation(DistillationLoss):
    """Loss between what a layer of the teacher and one of the student give.

    Args:
        loss: A loss or its name, or several in the form of the layers' outputs, None for none.
        teacher_layer_name, student_layer_name: The layers; None for the models' outputs.

    Source: Romero et al. 2014, "FitNets", arXiv:1412.6550.
    """

    loss: Losses = "mse"  # type: ignore[assignment]
    teacher_layer_name: LayerName = None  # type: ignore[assignment]
    student_layer_name: LayerName = None  # type: ignore[assignment]

    def compute_loss(self, teacher_outputs: Any, student_outputs: Any, **kwargs: Any) -> Any:
        """The sum of the losses of all outputs."""
        return _sum(lambda loss, t, s: loss(t, s), self.loss, teacher_outputs, student_outputs)

    def validate_model_compatibility(self, teacher: Model, student: Model) -> None:
        """Raise where a model does not have the layer, or is no graph that it could be read in."""
        for role, model, name in (
            ("teacher", teacher, self.teacher_layer_name),
            ("student", student, self.student_layer_name),
        ):
            if name is None:
                continue
            if model.inputs is None:
                raise UserError(
                    f"FeatureDistillation: the {role} is a subclass of Model, in which "
                    "layers cannot be read; compare the outputs, or make it of Inputs and outputs."
                )
            model.get_layer(name)


class Distiller(Model):
    """Trains a student by `w * loss(y, student(x)) + (1 - w) * sum_i w_i * distillation_i`, `w`
    being `student_loss_weight`; called, it is the student.

    Args:
        teacher: The model that is learnt from; it is frozen.
        student: The model that learns.
        distillation_losses: One DistillationLoss or several.
        distillation_loss_weights: The `w_i`; None: 1 each.
        student_loss_weight: `w`, from 0 to 1.

    Example:
        >>> teacher, student = (Sequential([Input(shape=(4,)), Dense(3)]) for _ in range(2))
        >>> distiller = Distiller(teacher, student, LogitsDistillation())
        >>> distiller.compile("adam", losses.SparseCategoricalCrossentropy(from_logits=True))
    """

    keras_module = "keras.distillation"

    def __init__(
        self,
        teacher: Model,
        student: Model,
        distillation_losses: Any,
        distillation_loss_weights: Any = None,
        student_loss_weight: float = 0.5,
        name: str = "distiller",
        **kwargs: Any,
    ):
        super().__init__(name=name, **kwargs)
        several = isinstance(distillation_losses, (list, tuple))
        measures = list(distillation_losses) if several else [distillation_losses]
        weights = distillation_loss_weights
        weights = [1.0] * len(measures) if weights is None or not several else list(weights)
        if not all(isinstance(measure, DistillationLoss) for measure in measures) or not measures:
            expected = "a DistillationLoss or a list of them"
            raise bad_argument(self, "distillation_losses", expected, distillation_losses)
        if len(weights) != len(measures):
            expected = f"{len(measures)} numbers, one for each loss"
            raise bad_argument(self, "distillation_loss_weights", expected, weights)
        if not isinstance(student_loss_weight, (int, float)) or not 0 <= student_loss_weight <= 1:
            expected = "a number from 0 to 1"
            raise bad_argument(self, "student_loss_weight", expected, student_loss_weight)
        self._check_models(teacher, student)
        for measure in measures:
            measure.validate_model_compatibility(teacher, student)
        self.teacher, self.student = teacher, student
        self.distillation_losses, self.distillation_loss_weights = measures, weights
        self.student_loss_weight = student_loss_weight
        teacher.trainable = False
        self._teacher_features = _features(teacher, [m.teacher_layer_name for m in measures])
        self._student_features = _features(student, [m.student_layer_name for m in measures])
        self.student_loss_tracker = Mean("student_loss")
        self.distillation_loss_tracker = Mean("distillation_loss")
        self.total_loss_tracker = Mean("total_loss")

    def _check_models(self, teacher: Any, student: Any) -> None:
        """Both are models, with inputs and outputs of the same shapes and types."""
        for role, model in (("teacher", teacher), ("student", student)):
            if not isinstance(model, Model):
                raise bad_argument(self, role, "a Model", model)
        for part in ("inputs", "outputs"):
            theirs, ours = getattr(teacher, part), getattr(student, part)
            if theirs is None or ours is None:
                continue
            forms = [[(x.shape, x.dtype) for x in tensors] for tensors in (theirs, ours)]
            if forms[0] != forms[1]:
                texts = [", ".join(f"{shape_text(s)} {d}" for s, d in form) for form in forms]
                raise UserError(
                    f"Distiller '{self.name}': teacher and student must have the same {part}; the "
                    f"teacher has {texts[0]}, the student {texts[1]}."
                )

    def compile(
        self, optimizer: Any = "adam", loss: Any = None, metrics: Any = None, **kwargs: Any
    ) -> None:
        """Say how the student learns: `loss` is that between labels and its outputs."""
        if loss is None:
            raise bad_argument(self, "loss", "the loss between labels and the student", loss)
        super().compile(optimizer, loss, metrics=metrics, **kwargs)

    def call(self, inputs: Any, training: bool | None = None) -> Any:
        """The student's outputs."""
        return self.student(inputs, training=training)

    def compute_loss(
        self,
        x: Any = None,
        y: Any = None,
        y_pred: Any = None,
        sample_weight: Any = None,
        training: bool = True,
    ) -> Any:
        """The weighted sum of the student's loss and of the distillation losses."""
        y_pred = self(x, training=training) if y_pred is None else y_pred
        share = self.student_loss_weight
        mine = super().compute_loss(x, y, y_pred, sample_weight, training) if share > 0 else 0.0
        learnt = self._distillation(x, y_pred, training) if share < 1 else 0.0
        total = share * mine + (1 - share) * learnt
        for tracker, value in (
            (self.student_loss_tracker, mine),
            (self.distillation_loss_tracker, learnt),
            (self.total_loss_tracker, total),
        ):
            tracker.update_state(value)
        return total

    def _distillation(self, x: Any, y_pred: Any, training: bool) -> Any:
        """The weighted sum of the distillation losses."""
        teachers = self._teacher_features(x, training=False)
        named = any(measure.student_layer_name for measure in self.distillation_losses)
        students = self._student_features(x, training=training) if named else {}
        students = students | {None: y_pred}
        total = 0.0
        for measure, weight in zip(
            self.distillation_losses, self.distillation_loss_weights, strict=True
        ):
            pair = teachers[measure.teacher_layer_name], students[measure.student_layer_name]
            measure.validate_outputs(*pair)
            total += weight * measure.compute_loss(*pair)
        return total

    def get_config(self) -> dict[str, Any]:
        """The models, the losses and their weights."""
        return super().get_config() | {
            "teacher": serialize(self.teacher),
            "student": serialize(self.student),
            "distillation_losses": serialize(self.distillation_losses),
            "distillation_loss_weights": self.distillation_loss_weights,
            "student_loss_weight": self.student_loss_weight,
        }

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Any = None) -> Any:
        """The distiller that `get_config` described; without weights."""
        made = {
            part: deserialize(config[part], custom_objects)
            for part in ("teacher", "student", "distillation_losses")
        }
        return cls(**{**config, **made})


def _features(model: Model, names: list[str | None]) -> Callable[..., dict[str | None, Any]]:
    """A function that gives what layers give, by name, and the model's outputs, by None.

    A function and not a Model, which the distiller would own and write to files.
    """
    names = [name for name in dict.fromkeys(names) if name is not None]
    if not names:
        return lambda x, training: {None: model(x, training=training)}
    reader = Model(model.inputs, [model.output, *(model.get_layer(n).output for n in names)])

    def features(x: Any, training: bool) -> dict[str | None, Any]:
        return dict(zip([None, *names], reader(x, training=training), strict=True))

    return features
