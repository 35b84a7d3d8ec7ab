"""Keras is the oracle, on the same engine; compiled programs are kept between runs."""

import gc
import os
import signal
from pathlib import Path

import pytest

CACHE = Path(__file__).resolve().parent.parent / ".pytest_cache" / "xla"

os.environ.setdefault("KERAS_BACKEND", "jax")
os.environ.setdefault("JAX_COMPILATION_CACHE_DIR", str(CACHE))
os.environ.setdefault("JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS", "0.1")

# A shell that starts the tests in the background lets them, and what they start, ignore Ctrl-C.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True, scope="module")
def _without_the_programs_of_other_files():
    """JAX keeps what it compiled: hundreds of megabytes for some files of tests."""
    yield
    import jax  # not before the settings above have been read

    gc.collect()
    jax.clear_caches()
