"""Models: networks that are trained, evaluated, saved."""

from .clone import clone_model as clone_model
from .functional import Functional as Functional
from .model import Model as Model
from .sequential import Sequential as Sequential
