"""What versions before 3 had, where Keras still has it."""

from . import saving as saving
