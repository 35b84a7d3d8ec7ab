"""Models: networks that are trained, evaluated, saved."""

from ..saving import load_model as load_model
from ..saving import model_from_json as model_from_json
from ..saving import save_model as save_model
from .clone import clone_model as clone_model
from .feature_space import FeatureSpace as FeatureSpace
from .functional import Functional as Functional
from .model import Model as Model
from .sequential import Sequential as Sequential
