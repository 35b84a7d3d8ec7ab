"""Losses: functions of (y_true, y_pred) that give a value per sample, and their classes."""

from typing import Any

from ..core.registry import serialize as _serialize
from .alignment import CTC as CTC
from .alignment import ctc as ctc
from .loss import LOSSES as _LOSSES
from .loss import Loss as Loss
from .loss import LossFunctionWrapper as LossFunctionWrapper
from .margin import CategoricalHinge as CategoricalHinge
from .margin import Circle as Circle
from .margin import Hinge as Hinge
from .margin import SquaredHinge as SquaredHinge
from .margin import categorical_hinge as categorical_hinge
from .margin import circle as circle
from .margin import hinge as hinge
from .margin import squared_hinge as squared_hinge
from .overlap import Dice as Dice
from .overlap import Tversky as Tversky
from .overlap import dice as dice
from .overlap import tversky as tversky
from .probabilistic import BinaryCrossentropy as BinaryCrossentropy
from .probabilistic import BinaryFocalCrossentropy as BinaryFocalCrossentropy
from .probabilistic import CategoricalCrossentropy as CategoricalCrossentropy
from .probabilistic import CategoricalFocalCrossentropy as CategoricalFocalCrossentropy
from .probabilistic import CategoricalGeneralizedCrossEntropy as CategoricalGeneralizedCrossEntropy
from .probabilistic import KLDivergence as KLDivergence
from .probabilistic import Poisson as Poisson
from .probabilistic import SparseCategoricalCrossentropy as SparseCategoricalCrossentropy
from .probabilistic import binary_crossentropy as binary_crossentropy
from .probabilistic import binary_focal_crossentropy as binary_focal_crossentropy
from .probabilistic import categorical_crossentropy as categorical_crossentropy
from .probabilistic import categorical_focal_crossentropy as categorical_focal_crossentropy
from .probabilistic import (
    categorical_generalized_cross_entropy as categorical_generalized_cross_entropy,
)
from .probabilistic import kl_divergence as kl_divergence
from .probabilistic import poisson as poisson
from .probabilistic import sparse_categorical_crossentropy as sparse_categorical_crossentropy
from .regression import CosineSimilarity as CosineSimilarity
from .regression import Huber as Huber
from .regression import LogCosh as LogCosh
from .regression import MeanAbsoluteError as MeanAbsoluteError
from .regression import MeanAbsolutePercentageError as MeanAbsolutePercentageError
from .regression import MeanSquaredError as MeanSquaredError
from .regression import MeanSquaredLogarithmicError as MeanSquaredLogarithmicError
from .regression import cosine_similarity as cosine_similarity
from .regression import huber as huber
from .regression import log_cosh as log_cosh
from .regression import mean_absolute_error as mean_absolute_error
from .regression import mean_absolute_percentage_error as mean_absolute_percentage_error
from .regression import mean_squared_error as mean_squared_error
from .regression import mean_squared_logarithmic_error as mean_squared_logarithmic_error


def get(identifier: Any) -> Any:
    """The loss meant by a name ('mse' a function, 'MeanSquaredError' an object), a config, a class
    or an object; None for None."""
    return _LOSSES.get(identifier)


def serialize(loss: Any) -> Any:
    """The config of a loss, from which `deserialize` makes it again."""
    return _serialize(loss)


def deserialize(name: Any, custom_objects: dict[str, Any] | None = None) -> Any:
    """The loss that a config or a name describes."""
    return _LOSSES.deserialize(name, custom_objects)
