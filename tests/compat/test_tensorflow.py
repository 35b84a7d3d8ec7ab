"""The small tensorflow, in a process of its own: it changes what denser's classes give and take,
and Keras, which other tests import, must not be there."""

import subprocess
import sys
from pathlib import Path

CONSTRUCTS = Path(__file__).with_name("tensorflow_constructs.py")


def test_constructs():
    command = [sys.executable, "-m", "pytest", "-p", "no:xdist", "--tb=short", CONSTRUCTS]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
    assert " passed" in done.stdout
