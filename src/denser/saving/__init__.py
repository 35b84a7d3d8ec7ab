"""Files: models, weights and configs, written and read; a file is data, never code."""

from ..core.budget import Limits as Limits
from ..core.budget import limits as limits
from ..core.custom import custom_object_scope as CustomObjectScope
from ..core.custom import custom_object_scope as custom_object_scope
from ..core.custom import get_custom_objects as get_custom_objects
from ..core.custom import get_registered_name as get_registered_name
from ..core.custom import get_registered_object as get_registered_object
from ..core.custom import register_keras_serializable as register_keras_serializable
from .config import deserialize_keras_object as deserialize_keras_object
from .config import model_from_json as model_from_json
from .config import model_to_json as model_to_json
from .config import serialize_keras_object as serialize_keras_object
from .editor import KerasFileEditor as KerasFileEditor
from .model import load_model as load_model
from .model import load_weights as load_weights
from .model import save_model as save_model
from .model import save_weights as save_weights
