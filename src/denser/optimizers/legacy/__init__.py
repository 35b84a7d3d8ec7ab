"""The optimizers of versions before 3, which nobody has any more: each tells its successor."""

from .gone import SGD as SGD
from .gone import Adagrad as Adagrad
from .gone import Adam as Adam
from .gone import Ftrl as Ftrl
from .gone import Optimizer as Optimizer
from .gone import RMSprop as RMSprop
