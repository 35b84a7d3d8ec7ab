"""The odds and ends that Keras keeps under `utils`; each stands elsewhere in the house."""

from ..core.dtype import standardize_dtype as standardize_dtype
from ..core.naming import clear_session as clear_session
from ..core.random import set_random_seed as set_random_seed
from ..core.tensor import is_keras_tensor as is_keras_tensor
from ..datasets.files import get_file as get_file
from ..preprocessing import normalize as normalize
from ..preprocessing import pad_sequences as pad_sequences
from ..preprocessing import to_categorical as to_categorical
from ..saving import CustomObjectScope as CustomObjectScope
from ..saving import custom_object_scope as custom_object_scope
from ..saving import deserialize_keras_object as deserialize_keras_object
from ..saving import get_custom_objects as get_custom_objects
from ..saving import get_registered_name as get_registered_name
from ..saving import get_registered_object as get_registered_object
from ..saving import register_keras_serializable as register_keras_serializable
from ..saving import serialize_keras_object as serialize_keras_object
from ..settings import disable_interactive_logging as disable_interactive_logging
from ..settings import enable_interactive_logging as enable_interactive_logging
from ..settings import is_interactive_logging_enabled as is_interactive_logging_enabled
from ..training.callbacks.progress import Progbar as Progbar
from ..training.data import PyDataset as PyDataset
from ..training.data import Sequence as Sequence
from ..training.data import pack_x_y_sample_weight as pack_x_y_sample_weight
from ..training.data import unpack_x_y_sample_weight as unpack_x_y_sample_weight
from ..visual import model_to_dot as model_to_dot
from ..visual import plot_model as plot_model
