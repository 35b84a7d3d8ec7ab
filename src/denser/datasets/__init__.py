"""Data sets to learn with: Keras's eight, and handwritten digits that need no network.

Each is a module with `load_data()`. A file is looked for in the folder `DENSER_DATASETS`, in
`~/.denser/datasets` and in `~/.keras/datasets`; else it is downloaded once, checked and kept.
"""

from . import boston_housing as boston_housing
from . import california_housing as california_housing
from . import cifar10 as cifar10
from . import cifar100 as cifar100
from . import digits as digits
from . import fashion_mnist as fashion_mnist
from . import imdb as imdb
from . import mnist as mnist
from . import reuters as reuters

__all__ = [
    "boston_housing",
    "california_housing",
    "cifar10",
    "cifar100",
    "digits",
    "fashion_mnist",
    "imdb",
    "mnist",
    "reuters",
]
