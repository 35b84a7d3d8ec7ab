"""Random numbers: the face of `denser.random`."""

from .core.random import SeedGenerator as SeedGenerator
from .ops.random import beta as beta
from .ops.random import binomial as binomial
from .ops.random import categorical as categorical
from .ops.random import dropout as dropout
from .ops.random import gamma as gamma
from .ops.random import normal as normal
from .ops.random import randint as randint
from .ops.random import shuffle as shuffle
from .ops.random import truncated_normal as truncated_normal
from .ops.random import uniform as uniform
