"""Each number in the config of each layer and metric as 10^12: refused or harmless, and soon."""

import json
import time

import pytest

from denser import layers, metrics, saving
from denser.core.budget import reading
from denser.core.messages import UserError
from denser.saving.config import model_from_config

from ..contract.test_layers import ROWS, _make, _shapes
from .configs import layer
from .fuzz import places_of
from .parts import peak_memory

HUGE = 10**12
_ROWS = {row.cls_name: row for row in ROWS}
_METRICS = {
    "AUC": {}, "IoU": {"num_classes": 3, "target_class_ids": [0]}, "MeanIoU": {"num_classes": 3},
    "OneHotMeanIoU": {"num_classes": 3}, "PrecisionAtRecall": {"recall": 0.5}, "Precision": {},
    "SensitivityAtSpecificity": {"specificity": 0.5}, "TopKCategoricalAccuracy": {},
}  # fmt: skip


def _numbers(config):
    """How many numbers there are in a config."""
    found = [type(owner[key]) in (int, float) for owner, key in places_of(config["config"])]
    return [place for place, is_one in enumerate(found) if is_one]


def _with_huge(config, place):
    """The config with another number at that place."""
    changed = json.loads(json.dumps(config))
    owner, key = list(places_of(changed["config"]))[place]
    owner[key] = HUGE
    return changed


def _all_are_harmless(config, read):
    for place in _numbers(config):
        least, began = peak_memory(reset=True), time.thread_time()
        try:
            with reading("model.keras", present=1000):
                read(_with_huge(config, place))
        except UserError:
            pass
        assert time.thread_time() - began < 10, "seconds of processor time"
        peak = peak_memory()
        assert peak is None or peak - least < 2**29


@pytest.mark.parametrize("name", _ROWS)
def test_layer(name):
    row = _ROWS[name]
    config = json.loads(json.dumps(saving.serialize_keras_object(_make(row, layers))))
    shapes = _shapes(row)

    def read(config):
        if len(shapes) > 1 or row.dtype == "string":
            return saving.deserialize_keras_object(config)
        first = layer("InputLayer", batch_shape=[None, *shapes[0][1:]], dtype=row.dtype)
        model = layer("Sequential", "keras", layers=[first, config])
        return model_from_config(model, None, "model.keras")

    _all_are_harmless(config, read)


@pytest.mark.parametrize("name", _METRICS)
def test_metric(name):
    made = getattr(metrics, name)(**_METRICS[name])
    config = json.loads(json.dumps(saving.serialize_keras_object(made)))
    _all_are_harmless(config, _model_of_metric)


def _model_of_metric(config):
    """A model that is compiled with a metric, as a file describes it."""
    model = layer("Sequential", "keras", layers=[layer("InputLayer", batch_shape=[None, 3])])
    model["compile_config"] = {"optimizer": "sgd", "loss": "mse", "metrics": [config]}
    return model_from_config(model, None, "model.keras")
