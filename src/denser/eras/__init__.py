"""What names, arguments, defaults and arrays of Keras 1, Keras 2 and tf.keras are today.

Tables and pure functions: nothing here knows a layer, it only knows what layers were called.
"""

from .arguments import translate as translate
from .defaults import DEFAULTS as DEFAULTS
from .names import CLASSES as CLASSES
from .names import FUNCTIONS as FUNCTIONS
from .names import GONE as GONE
from .names import era_of_version as era_of_version
from .names import function_name as function_name
from .networks import modernize as modernize
from .networks import speaks_of_old as speaks_of_old
from .training import compile_arguments as compile_arguments
from .weights import Origin as Origin
from .weights import convert as convert
