"""Whatever `fit` was given, as chunks of batches on the device."""

from .adapt import as_source as as_source
from .adapt import train_validation_split as train_validation_split
from .arrays import Arrays as Arrays
from .chunk import Chunk as Chunk
from .chunk import Source as Source
from .py_dataset import PyDataset as PyDataset
from .py_dataset import Sequence as Sequence
from .stream import Stream as Stream
