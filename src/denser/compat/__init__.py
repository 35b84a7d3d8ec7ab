"""Compat: scripts for Keras 1, Keras 2, tf.keras and Keras 3 run unmodified.

    import denser.compat
    denser.compat.install()

before anything of Keras is imported, or `denser run script.py`.
"""

from .install import install as install
from .install import uninstall as uninstall

__all__ = ["install", "uninstall"]
