"""Whatever `fit` was given, as chunks of batches on the device."""

from .adapt import as_source as as_source
from .adapt import train_validation_split as train_validation_split
from .arrays import Arrays as Arrays
from .batch import pack_x_y_sample_weight as pack_x_y_sample_weight
from .batch import unpack_x_y_sample_weight as unpack_x_y_sample_weight
from .chunk import Chunk as Chunk
from .chunk import Source as Source
from .py_dataset import PyDataset as PyDataset
from .py_dataset import Sequence as Sequence
from .stream import Stream as Stream
