"""Metrics: numbers gathered over many batches, and functions that give a value per sample."""

from typing import Any

from ..core.registry import serialize as _serialize
from ..losses.margin import categorical_hinge as categorical_hinge
from ..losses.margin import hinge as hinge
from ..losses.margin import squared_hinge as squared_hinge
from ..losses.probabilistic import binary_crossentropy as binary_crossentropy
from ..losses.probabilistic import binary_focal_crossentropy as binary_focal_crossentropy
from ..losses.probabilistic import categorical_crossentropy as categorical_crossentropy
from ..losses.probabilistic import categorical_focal_crossentropy as categorical_focal_crossentropy
from ..losses.probabilistic import kl_divergence as kl_divergence
from ..losses.probabilistic import poisson as poisson
from ..losses.probabilistic import (
    sparse_categorical_crossentropy as sparse_categorical_crossentropy,
)
from ..losses.regression import huber as huber
from ..losses.regression import log_cosh as log_cosh
from ..losses.regression import mean_absolute_error as mean_absolute_error
from ..losses.regression import mean_absolute_percentage_error as mean_absolute_percentage_error
from ..losses.regression import mean_squared_error as mean_squared_error
from ..losses.regression import mean_squared_logarithmic_error as mean_squared_logarithmic_error
from .accuracy import Accuracy as Accuracy
from .accuracy import BinaryAccuracy as BinaryAccuracy
from .accuracy import CategoricalAccuracy as CategoricalAccuracy
from .accuracy import SparseCategoricalAccuracy as SparseCategoricalAccuracy
from .accuracy import SparseTopKCategoricalAccuracy as SparseTopKCategoricalAccuracy
from .accuracy import TopKCategoricalAccuracy as TopKCategoricalAccuracy
from .accuracy import binary_accuracy as binary_accuracy
from .accuracy import categorical_accuracy as categorical_accuracy
from .accuracy import sparse_categorical_accuracy as sparse_categorical_accuracy
from .accuracy import sparse_top_k_categorical_accuracy as sparse_top_k_categorical_accuracy
from .accuracy import top_k_categorical_accuracy as top_k_categorical_accuracy
from .auc import AUC as AUC
from .confusion import FalseNegatives as FalseNegatives
from .confusion import FalsePositives as FalsePositives
from .confusion import Precision as Precision
from .confusion import PrecisionAtRecall as PrecisionAtRecall
from .confusion import Recall as Recall
from .confusion import RecallAtPrecision as RecallAtPrecision
from .confusion import SensitivityAtSpecificity as SensitivityAtSpecificity
from .confusion import SpecificityAtSensitivity as SpecificityAtSensitivity
from .confusion import TrueNegatives as TrueNegatives
from .confusion import TruePositives as TruePositives
from .correlation import ConcordanceCorrelation as ConcordanceCorrelation
from .correlation import PearsonCorrelation as PearsonCorrelation
from .correlation import R2Score as R2Score
from .correlation import concordance_correlation as concordance_correlation
from .correlation import pearson_correlation as pearson_correlation
from .fscore import F1Score as F1Score
from .fscore import FBetaScore as FBetaScore
from .losses import BinaryCrossentropy as BinaryCrossentropy
from .losses import CategoricalCrossentropy as CategoricalCrossentropy
from .losses import CategoricalHinge as CategoricalHinge
from .losses import CosineSimilarity as CosineSimilarity
from .losses import Hinge as Hinge
from .losses import KLDivergence as KLDivergence
from .losses import LogCoshError as LogCoshError
from .losses import MeanAbsoluteError as MeanAbsoluteError
from .losses import MeanAbsolutePercentageError as MeanAbsolutePercentageError
from .losses import MeanSquaredError as MeanSquaredError
from .losses import MeanSquaredLogarithmicError as MeanSquaredLogarithmicError
from .losses import Poisson as Poisson
from .losses import RootMeanSquaredError as RootMeanSquaredError
from .losses import SparseCategoricalCrossentropy as SparseCategoricalCrossentropy
from .losses import SquaredHinge as SquaredHinge
from .means import Mean as Mean
from .means import MeanMetricWrapper as MeanMetricWrapper
from .means import Sum as Sum
from .metric import METRICS as _METRICS
from .metric import Metric as Metric
from .overlap import BinaryIoU as BinaryIoU
from .overlap import IoU as IoU
from .overlap import MeanIoU as MeanIoU
from .overlap import OneHotIoU as OneHotIoU
from .overlap import OneHotMeanIoU as OneHotMeanIoU


def get(identifier: Any) -> Any:
    """The metric meant by a name, a config, a class or an object; a function as it is; None for
    None."""
    return _METRICS.get(identifier)


def serialize(metric: Any) -> Any:
    """The config of a metric, from which `deserialize` makes it again."""
    return _serialize(metric)


def deserialize(config: Any, custom_objects: dict[str, Any] | None = None) -> Any:
    """The metric that a config or a name describes."""
    return _METRICS.deserialize(config, custom_objects)
