"""Keras is the oracle, on the same engine; compiled programs are kept between runs."""

import os
from pathlib import Path

CACHE = Path(__file__).resolve().parent.parent / ".pytest_cache" / "xla"

os.environ.setdefault("KERAS_BACKEND", "jax")
os.environ.setdefault("JAX_COMPILATION_CACHE_DIR", str(CACHE))
os.environ.setdefault("JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS", "0.1")
