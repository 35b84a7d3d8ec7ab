"""What is done to data before a network sees them."""

from .sequence import pad_sequences as pad_sequences
from .targets import normalize as normalize
from .targets import to_categorical as to_categorical
