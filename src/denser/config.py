"""The public settings: float type, fuzz factor, image layout, dtype policy, logging, folders."""

from .core.dtype import dtype_policy as dtype_policy
from .core.dtype import set_dtype_policy as set_dtype_policy
from .settings import backend as backend
from .settings import disable_interactive_logging as disable_interactive_logging
from .settings import disable_traceback_filtering as disable_traceback_filtering
from .settings import enable_interactive_logging as enable_interactive_logging
from .settings import enable_traceback_filtering as enable_traceback_filtering
from .settings import epsilon as epsilon
from .settings import floatx as floatx
from .settings import home as home
from .settings import image_data_format as image_data_format
from .settings import is_interactive_logging_enabled as is_interactive_logging_enabled
from .settings import is_traceback_filtering_enabled as is_traceback_filtering_enabled
from .settings import set_epsilon as set_epsilon
from .settings import set_floatx as set_floatx
from .settings import set_image_data_format as set_image_data_format
