"""A small tensorflow on JAX: what tutorials use beside tf.keras.

Tensors stand around JAX's arrays, GradientTape differentiates what was computed, tf.data is
denser's Dataset. A name that is not here says so, and what to use.
"""

import importlib
import sys
from typing import Any

from ...core import nested
from ...core.tensor import KerasTensor
from ..era import eras
from . import hooks, operators, pipeline
from .algebra import BITWISE, LINALG, SIGNAL
from .arrays import MAKING
from .chance import RANDOM
from .contrib import CONTRIB
from .control import CONTROL, DEBUGGING, InvalidArgumentError, assert_
from .dtypes import NAMES, DType, TensorShape, TensorSpec, as_dtype
from .files import AUDIO, GFILE, IO
from .function import function
from .images import IMAGE
from .keeping import SUMMARY, TRAIN, timestamp
from .like_numpy import LikeNumpy
from .machine import CONFIG, DISTRIBUTE, SYSCONFIG, TEST, device, group
from .maths import IN_TF, MATHS, OLD
from .modules import Module
from .moving import MOVING
from .names import Names, missing
from .networks import NN
from .ragged import RAGGED, RaggedTensor, concat
from .saved_model import SAVED_MODEL
from .sparse import OLD_SPARSE, SPARSE, SparseTensor
from .tape import GradientTape, UnconnectedGradients, custom_gradient
from .tensor import Tensor
from .texts import LOOKUP, STRINGS
from .variable import Variable
from .version1 import (
    INITIALIZERS,
    LOGGING,
    LOSSES,
    TODAYS_INITIALIZERS,
    V1,
    get_logger,
    name_scope,
    nothing,
)

__version__ = "2.15.0"


def _numpy_function(func: Any, inp: Any, Tout: Any = None, *args: Any, **kwargs: Any) -> Any:  # noqa: N803
    """`func` of NumPy's arrays, on the host."""
    found = func(*[x.numpy() if isinstance(x, Tensor) else x for x in inp])
    return hooks.tensors(_as_told(found, Tout))


def _py_function(
    func: Any = None, inp: Any = (), Tout: Any = None, *args: Any, **kwargs: Any
) -> Any:  # noqa: N803
    """`func` of Tensors, on the host."""
    inputs = [pipeline.as_tensors(x) for x in inp]
    for x in inputs:
        x.numpy()  # which a compiled function has not, so that it runs as plain Python
    found = func(*inputs)
    return hooks.tensors(_as_told(found, Tout))


def _as_told(found: Any, types: Any) -> Any:
    """A list, where several types were told."""
    if not isinstance(types, (list, tuple)):
        return found
    return list(found) if isinstance(found, (list, tuple)) else [found]


def _errors() -> dict[str, Any]:
    names = ("AlreadyExistsError", "FailedPreconditionError", "InternalError", "NotFoundError",
             "OpError", "ResourceExhaustedError", "UnavailableError", "UnimplementedError",
             "UnknownError", "DataLossError", "AbortedError", "CancelledError")  # fmt: skip
    made = {name: type(name, (Exception,), {}) for name in names}
    return made | {
        "InvalidArgumentError": InvalidArgumentError,
        "OutOfRangeError": pipeline.OutOfRangeError,
    }


_NEST = {
    "flatten": nested.flatten, "map_structure": nested.map_structure,
    "pack_sequence_as": nested.pack_sequence_as, "is_nested": nested.is_nested,
    "assert_same_structure": nested.assert_same_structure,
}  # fmt: skip
_LINALG = LINALG | {"eye": MAKING["eye"], "global_norm": MAKING["clip_by_global_norm"]}
_GFILE, _LOGGING = Names("tf.io.gfile", GFILE), Names("tf.logging", LOGGING)
_IMAGE = Names("tf.image", IMAGE)
_DATA = Names("tf.data", pipeline.DATA | {
    "experimental": Names("tf.data.experimental", pipeline.EXPERIMENTAL)})  # fmt: skip
_RANDOM = Names("tf.random", RANDOM)
_TRAIN = Names("tf.train", TRAIN)
_AUTOGRAPH = {
    "experimental": Names("tf.autograph.experimental", {
        "do_not_convert": lambda func=None, *a, **k: func or (lambda f: f),
        "set_loop_options": nothing}),
    "set_verbosity": nothing, "to_graph": lambda entity, *a, **k: entity,
    "to_code": lambda entity, *a, **k: "",
}  # fmt: skip
_VERSION = Names("tf.version", {
    "VERSION": __version__, "GIT_VERSION": "denser", "COMPILER_VERSION": "XLA"})  # fmt: skip
_MODULES = {
    "autograph": Names("tf.autograph", _AUTOGRAPH), "audio": Names("tf.audio", AUDIO),
    "bitwise": Names("tf.bitwise", BITWISE), "config": Names("tf.config", CONFIG),
    "data": _DATA, "debugging": Names("tf.debugging", DEBUGGING | {
        "experimental": Names("tf.debugging.experimental", {"enable_dump_debug_info": nothing})}),
    "distribute": Names("tf.distribute", DISTRIBUTE), "dtypes": Names("tf.dtypes", {
        **NAMES, "as_dtype": as_dtype, "DType": DType, "cast": MAKING["cast"],
        "saturate_cast": MAKING["saturate_cast"]}),
    "errors": Names("tf.errors", _errors()), "gfile": _GFILE,
    "image": _IMAGE, "io": Names("tf.io", IO | {"gfile": _GFILE}),
    "linalg": Names("tf.linalg", _LINALG), "lookup": Names("tf.lookup", LOOKUP | {
        "experimental": Names("tf.lookup.experimental", {})}),
    "math": Names("tf.math", MATHS), "nest": Names("tf.nest", _NEST), "nn": Names("tf.nn", NN),
    "ragged": Names("tf.ragged", RAGGED), "random": _RANDOM,
    "saved_model": Names("tf.saved_model", SAVED_MODEL), "signal": Names("tf.signal", SIGNAL),
    "strings": Names("tf.strings", STRINGS), "summary": Names("tf.summary", SUMMARY),
    "sysconfig": Names("tf.sysconfig", SYSCONFIG), "test": Names("tf.test", TEST),
    "train": _TRAIN, "version": _VERSION, "logging": _LOGGING,
    "experimental": Names("tf.experimental", {
        "function_executor_type": lambda kind: __import__("contextlib").nullcontext(),
        "numpy": LikeNumpy("tf.experimental.numpy")}),
    "sparse": Names("tf.sparse", SPARSE),
    "types": Names("tf.types", {"experimental": Names("tf.types.experimental", {
        "TensorLike": Any, "Callable": Any})}),
    "initializers": Names("tf.initializers", TODAYS_INITIALIZERS),
    "losses": Names("tf.losses", LOSSES),
}  # fmt: skip
_OLD_PLACES = {
    "contrib": CONTRIB,
    "read_file": IO["read_file"], "write_file": IO["write_file"],
    "decode_raw": IO["decode_raw"], "random_crop": IMAGE["random_crop"],
    "string_to_number": STRINGS["to_number"], "as_string": STRINGS["as_string"],
    "regex_replace": STRINGS["regex_replace"], "string_split": STRINGS["split"],
    "matrix_band_part": LINALG["band_part"], "diag": LINALG["diag"],
    "matrix_inverse": LINALG["inv"], "cholesky": LINALG["cholesky"], "trace": LINALG["trace"],
    "segment_sum": MATHS["segment_sum"], "unsorted_segment_sum": MATHS["unsorted_segment_sum"],
    "bincount": MATHS["bincount"], "cumprod": MATHS["cumprod"], "sequence_mask":
    MAKING["sequence_mask"], "extract_image_patches": IMAGE["extract_patches"],
    "depth_to_space": NN["depth_to_space"], "space_to_depth": NN["space_to_depth"],
    **OLD_SPARSE,
}  # fmt: skip
_OF_TF = {
    **{name: MATHS[name] for name in IN_TF}, **MAKING, **MOVING, **CONTROL, **NAMES, **INITIALIZERS,
    "Tensor": Tensor, "Variable": Variable, "GradientTape": GradientTape, "Module": Module,
    "function": function, "custom_gradient": custom_gradient, "DType": DType,
    "TensorShape": TensorShape, "TensorSpec": TensorSpec, "RaggedTensor": RaggedTensor,
    "UnconnectedGradients": UnconnectedGradients, "as_dtype": as_dtype, "matmul": LINALG["matmul"],
    "einsum": LINALG["einsum"], "norm": LINALG["norm"], "tensordot": LINALG["tensordot"],
    "device": device, "group": group, "name_scope": name_scope, "get_logger": get_logger,
    "executing_eagerly": lambda: True, "timestamp": timestamp, "newaxis": None,
    "is_symbolic_tensor": lambda x: isinstance(x, KerasTensor), "no_op": nothing,
    "no_gradient": nothing, "NoGradient": nothing, "numpy_function": _numpy_function,
    "py_function": _py_function, "py_func": _numpy_function, "Assert": assert_,
    "control_dependencies": lambda inputs: name_scope(), "init_scope": name_scope,
    "recompute_grad": lambda f: f, "grad_pass_through": lambda f: f,
    "inside_function": lambda: False, "VariableSynchronization": type(
        "VariableSynchronization", (), {"AUTO": "auto", "NONE": "none", "ON_READ": "on_read",
                                        "ON_WRITE": "on_write"}),
    "VariableAggregation": type("VariableAggregation", (), {
        "NONE": "none", "SUM": "sum", "MEAN": "mean",
        "ONLY_FIRST_REPLICA": "only_first_replica"}),
    "complex": hooks.lift(lambda a, b: a + 1j * b, "real, imag", "complex"),
    "IndexedSlices": type("IndexedSlices", (), {
        "__init__": lambda self, values, indices, dense_shape=None: self.__dict__.update(
            values=values, indices=indices, dense_shape=dense_shape)}),
    "concat": concat, "SparseTensor": SparseTensor, "add": operators.LIFTED["add"],
}  # fmt: skip
_OLDER = OLD | V1 | _OLD_PLACES
_COMPAT_V1 = Names("tf.compat.v1", {**_MODULES, **_OF_TF, **_OLDER, "__version__": __version__})
_COMPAT_V2 = Names("tf.compat.v2", {**_MODULES, **_OF_TF, "__version__": __version__})
_COMPAT = Names("tf.compat", {
    "v1": _COMPAT_V1, "v2": _COMPAT_V2,
    "as_str": lambda x: x.decode() if isinstance(x, bytes) else x,
    "as_bytes": lambda x: x.encode() if isinstance(x, str) else x,
    "as_text": lambda x: x.decode() if isinstance(x, bytes) else x})  # fmt: skip

globals().update(_OLDER | _OF_TF | _MODULES | {"compat": _COMPAT})
__all__ = sorted([*_OF_TF, *_MODULES, "compat"])


def __getattr__(name: str) -> Any:
    if name in ("keras", "optimizers", "metrics"):
        found = importlib.import_module("keras" if "keras" in sys.modules else "denser")
        return found if name == "keras" else getattr(found, name)
    if name.startswith("__"):
        raise AttributeError(f"module 'tensorflow' has no attribute {name!r}")
    raise AttributeError(missing("tf", name, __all__))


def install() -> None:
    """Let denser take and give Tensors."""
    if not eras.on_jax:  # such a script feeds its model with TensorFlow's data at most
        hooks.install()
    pipeline.install()
