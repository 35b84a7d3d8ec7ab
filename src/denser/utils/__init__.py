"""The odds and ends that Keras keeps under `utils`."""

from ..core.random import set_random_seed as set_random_seed
from ..core.registry import custom_object_scope as custom_object_scope
from ..core.registry import get_custom_objects as get_custom_objects
from ..core.registry import get_registered_name as get_registered_name
from ..core.registry import get_registered_object as get_registered_object
from ..core.registry import register_keras_serializable as register_keras_serializable
from ..core.tensor import is_keras_tensor as is_keras_tensor
from ..core.tensor import standardize_shape as standardize_shape
from ..datasets.files import get_file as get_file
from ..training.callbacks.progress import Progbar as Progbar
from ..training.data import PyDataset as PyDataset
from ..training.data import Sequence as Sequence
