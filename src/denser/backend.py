"""What older scripts take from `backend`: the face of `denser.backend`."""

from .core.dtype import is_float as is_float_dtype
from .core.dtype import is_integer as is_int_dtype
from .core.dtype import result_type as result_type
from .core.dtype import standardize_dtype as standardize_dtype
from .core.naming import clear_session as clear_session
from .core.naming import get_uid as get_uid
from .core.tensor import is_keras_tensor as is_keras_tensor
from .settings import backend as backend
from .settings import epsilon as epsilon
from .settings import floatx as floatx
from .settings import image_data_format as image_data_format
from .settings import set_epsilon as set_epsilon
from .settings import set_floatx as set_floatx
from .settings import set_image_data_format as set_image_data_format

__all__ = [
    "backend", "clear_session", "epsilon", "floatx", "get_uid", "image_data_format",
    "is_float_dtype", "is_int_dtype", "is_keras_tensor", "result_type", "set_epsilon",
    "set_floatx", "set_image_data_format", "standardize_dtype",
]  # fmt: skip
