"""The environments of the engines, below `.bench/`: `python -m bench setup`."""

import subprocess
import venv
from collections.abc import Sequence

from .engines import ENVIRONMENTS, GPU_ENVIRONMENTS, HOME


def setup(names: Sequence[str] = (), device: str = "cpu") -> None:
    """Make the environments, or those named, anew or up to date.

    Args:
        names: Keys of `ENVIRONMENTS`; none: all.
        device: "cpu" or "gpu": which builds of the packages.
    """
    packages = ENVIRONMENTS if device == "cpu" else GPU_ENVIRONMENTS
    for name in names or packages:
        folder = HOME / name
        if not (folder / "bin" / "python").exists():
            venv.create(folder, with_pip=True)
        install = [folder / "bin" / "python", "-m", "pip", "install", "--quiet"]
        subprocess.run([*install, "--disable-pip-version-check", *packages[name]], check=True)
        print(f"{name}: {folder}")
