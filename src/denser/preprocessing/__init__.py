"""What is done to data before a network sees them, and data sets from memory and from disk."""

from .dataset import Dataset as Dataset
from .from_directory import audio_dataset_from_directory as audio_dataset_from_directory
from .from_directory import image_dataset_from_directory as image_dataset_from_directory
from .from_directory import text_dataset_from_directory as text_dataset_from_directory
from .sequence import pad_sequences as pad_sequences
from .split import split_dataset as split_dataset
from .targets import normalize as normalize
from .targets import to_categorical as to_categorical
from .timeseries import timeseries_dataset_from_array as timeseries_dataset_from_array
