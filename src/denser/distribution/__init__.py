"""Distribution: one model on several devices, by rows of the batch, by weights, or both."""

from .layout import LayoutMap as LayoutMap
from .layout import TensorLayout as TensorLayout
from .layout import distribute_tensor as distribute_tensor
from .mesh import DeviceMesh as DeviceMesh
from .mesh import get_device_count as get_device_count
from .mesh import list_devices as list_devices
from .parallel import DataParallel as DataParallel
from .parallel import Distribution as Distribution
from .parallel import ModelParallel as ModelParallel
from .parallel import distribution as distribution
from .parallel import set_distribution as set_distribution
from .start import initialize as initialize
