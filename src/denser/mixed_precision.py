"""Computing in half types: the face of `denser.mixed_precision`."""

from .core.dtype import DTypePolicy as DTypePolicy
from .core.dtype import dtype_policy as dtype_policy
from .core.dtype import dtype_policy as global_policy
from .core.dtype import set_dtype_policy as set_dtype_policy
from .core.dtype import set_dtype_policy as set_global_policy
from .optimizers import LossScaleOptimizer as LossScaleOptimizer

Policy = DTypePolicy

__all__ = [
    "DTypePolicy", "LossScaleOptimizer", "Policy", "dtype_policy", "global_policy",
    "set_dtype_policy", "set_global_policy",
]  # fmt: skip
