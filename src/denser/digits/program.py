"""The run as a program of its own, to take away and to change."""

from collections.abc import Sequence

from .networks import COMPILE, Network, code_of
from .result import VALIDATION, Settings

_PROGRAM = """
import numpy as np

from denser.datasets import {module}
from denser.layers import {layers}
from denser.models import Sequential
from denser.utils import set_random_seed

set_random_seed({seed})

(x_train, y_train), (x_test, y_test) = {module}.load_data()
x_train = x_train.reshape({shape}).astype("float32") / 255  # pixels from 0 to 1
x_test = x_test.reshape({shape}).astype("float32") / 255
y_train = np.eye(10, dtype="float32")[y_train]  # 3 becomes 0 0 0 1 0 0 0 0 0 0
y_test = np.eye(10, dtype="float32")[y_test]

{build}

{fit}

loss, accuracy = model.evaluate(x_test, y_test)
print(f"test accuracy: {{accuracy:.2%}}")
model.save("model.keras")
"""

_LOADING = """
import numpy as np

from denser.datasets import {module}
from denser.models import load_model

model = load_model("model.keras")
(_, _), (images, labels) = {module}.load_data()
scores = model.predict(images.reshape({shape}).astype("float32") / 255)
print(scores.argmax(axis=1)[:10])  # what the network reads
print(labels[:10])  # what was meant
"""


def training(settings: Settings) -> str:
    """The call of `fit`."""
    return (
        f"model.fit(x_train, y_train, batch_size={settings.batch_size}, "
        f"epochs={settings.epochs}, validation_split={VALIDATION})"
    )


def whole(settings: Settings, network: Network, module: str, layers: Sequence[str]) -> str:
    """The whole run; with the same seed it gives the same network."""
    stages = (network.input, network.hidden, network.output, COMPILE)
    return _PROGRAM.strip().format(
        module=module,
        layers=", ".join(sorted(set(layers))),
        seed=settings.seed,
        shape=_rows(network),
        build="\n\n".join(["model = Sequential()", *(code_of(stage.build) for stage in stages)]),
        fit=training(settings),
    )


def loading(network: Network, module: str) -> str:
    """How the saved model is loaded and asked."""
    return _LOADING.strip().format(module=module, shape=_rows(network))


def _rows(network: Network) -> str:
    return ", ".join(map(str, (-1, *network.shape)))
