"""Names: a module of TensorFlow's as a table, which says what to use for a name that it lacks."""

import types
from typing import Any

from ...core.messages import nearest

INSTEAD = {
    "tf.contrib": "it left TensorFlow in 2.0; see tf.keras, tf.image and tf.nn",
    "tf.placeholder": "write functions of Tensors, or keras.Input",
    "tf.Session": "code runs at once; call functions on Tensors and read `.numpy()`",
    "tf.estimator": "use keras.Model with compile and fit",
    "tf.feature_column": "use keras.utils.FeatureSpace or the preprocessing layers",
    "tf.lite": "export the model to ONNX with denser.export",
    "tf.queue": "use tf.data.Dataset",
    "tf.raw_ops": "use the function of tf, tf.math or tf.nn",
    "tf.tpu": "use denser.distribution",
    "tf.profiler": "use jax.profiler",
    "tf.gradients": "use tf.GradientTape",
    "tf.layers": "use keras.layers",
    "tf.losses": "use keras.losses",
    "tf.metrics": "use keras.metrics",
    "tf.get_variable": "use tf.Variable or a layer's add_weight",
    "tf.global_variables_initializer": "Variables have their values at once",
    "tf.quantization": "use denser.quantizers and model.quantize",
    "tf.py_function": "",
}


class Names(types.ModuleType):
    """A module made of a table.

    Args:
        name: Its name in messages, as 'tf.math'.
        table: What stands under each name.
    """

    def __init__(self, name: str, table: dict[str, Any]):
        super().__init__(name, f"{name} on JAX: {len(table)} names.")
        self.__dict__.update(table)
        self.__path__: list[str] = []
        self.__all__ = sorted(table)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}")
        raise AttributeError(missing(self.__name__, name, self.__all__))


def missing(module: str, name: str, known: Any) -> str:
    """What to say of a name that is not there."""
    whole = f"{module}.{name}"
    if INSTEAD.get(whole):
        return f"denser's small tensorflow has no {whole}: {INSTEAD[whole]}."
    near = nearest(name, list(known), 2)
    hint = f" Did you mean {' or '.join(near)}?" if near else " Use jax.numpy or denser.ops for it."
    return f"denser's small tensorflow has no {whole}.{hint}"
