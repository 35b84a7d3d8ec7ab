"""Callbacks: what is told about every moment of a run."""

from .training.callbacks import *  # noqa: F403 - this module is the public name of that folder
from .training.callbacks import __all__ as __all__
