"""What the names of Keras 1's initializers meant, as configs of today's.

Its scaled normal distributions were not cut off at two deviations, and its orthogonal matrices
were stretched.
"""

from typing import Any


def _config(class_name: str, **config: Any) -> dict[str, Any]:
    return {"module": "keras.initializers", "class_name": class_name, "config": config}


def _scaled(scale: float, mode: str, distribution: str) -> dict[str, Any]:
    return _config("VarianceScaling", scale=scale, mode=mode, distribution=distribution)


_NORMAL = "untruncated_normal"
INITIALIZERS_OF_1: dict[str, dict[str, Any]] = {
    "uniform": _config("RandomUniform", minval=-0.05, maxval=0.05),
    "normal": _config("RandomNormal", mean=0.0, stddev=0.05),
    "gaussian": _config("RandomNormal", mean=0.0, stddev=0.05),
    "lecun_uniform": _scaled(1.0, "fan_in", "uniform"),
    "glorot_uniform": _scaled(1.0, "fan_avg", "uniform"),
    "glorot_normal": _scaled(1.0, "fan_avg", _NORMAL),
    "he_uniform": _scaled(2.0, "fan_in", "uniform"),
    "he_normal": _scaled(2.0, "fan_in", _NORMAL),
    "orthogonal": _config("Orthogonal", gain=1.1),
    "identity": _config("Identity", gain=1.0),
    "zero": _config("Zeros"),
    "zeros": _config("Zeros"),
    "one": _config("Ones"),
    "ones": _config("Ones"),
}
