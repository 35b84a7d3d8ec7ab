"""The environments of the engines, below `.bench/`: `python -m bench setup`."""

import subprocess
import venv
from collections.abc import Sequence

from .engines import ENVIRONMENTS, HOME


def setup(names: Sequence[str] = ()) -> None:
    """Make the environments, or those named, anew or up to date.

    Args:
        names: Keys of `ENVIRONMENTS`; none: all.
    """
    for name in names or ENVIRONMENTS:
        folder = HOME / name
        if not (folder / "bin" / "python").exists():
            venv.create(folder, with_pip=True)
        install = [folder / "bin" / "python", "-m", "pip", "install", "--quiet"]
        subprocess.run([*install, "--disable-pip-version-check", *ENVIRONMENTS[name]], check=True)
        print(f"{name}: {folder}")
