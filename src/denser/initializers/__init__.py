"""Initializers: how a weight starts. Computed on the host, with the numbers of Keras on JAX.

Any function `(shape, dtype=None)` that returns an array is an initializer too.
"""

from typing import Any

from .drawn import Orthogonal as Orthogonal
from .drawn import RandomNormal as RandomNormal
from .drawn import RandomUniform as RandomUniform
from .drawn import TruncatedNormal as TruncatedNormal
from .fixed import STFT as STFT
from .fixed import Constant as Constant
from .fixed import Identity as Identity
from .fixed import Ones as Ones
from .fixed import Zeros as Zeros
from .initializer import INITIALIZERS as _INITIALIZERS
from .initializer import AnInitializer as AnInitializer
from .initializer import Initializer as Initializer
from .scaled import GlorotNormal as GlorotNormal
from .scaled import GlorotUniform as GlorotUniform
from .scaled import HeNormal as HeNormal
from .scaled import HeUniform as HeUniform
from .scaled import LecunNormal as LecunNormal
from .scaled import LecunUniform as LecunUniform
from .scaled import VarianceScaling as VarianceScaling


def get(identifier: Any) -> Any:
    """The initializer meant by a name, a config, a class, an object or a function; None is None.

    Example:
        >>> get("he_normal").get_config()
        {'seed': None, 'input_axes': None, 'output_axes': None}
    """
    return _INITIALIZERS.get(identifier)


def serialize(initializer: Any) -> Any:
    """The config that `deserialize` makes `initializer` from again."""
    return _INITIALIZERS.serialize(initializer)


def deserialize(config: Any, custom_objects: dict[str, Any] | None = None) -> Any:
    """The initializer that `serialize` described."""
    return _INITIALIZERS.deserialize(config, custom_objects)


# Keras's other names; those in snake case are known to `get` already.
zeros = _INITIALIZERS.add(Zeros, "zero")
ones = _INITIALIZERS.add(Ones, "one")
constant = Constant
identity = IdentityInitializer = _INITIALIZERS.add(Identity, "IdentityInitializer")
random_uniform = _INITIALIZERS.add(RandomUniform, "uniform")
random_normal = _INITIALIZERS.add(RandomNormal, "normal")
truncated_normal = TruncatedNormal
variance_scaling = VarianceScaling
glorot_uniform = GlorotUniform
glorot_normal = GlorotNormal
he_uniform = HeUniform
he_normal = HeNormal
lecun_uniform = LecunUniform
lecun_normal = LecunNormal
orthogonal = OrthogonalInitializer = _INITIALIZERS.add(Orthogonal, "OrthogonalInitializer")
stft = STFTInitializer = _INITIALIZERS.add(STFT, "STFTInitializer")
