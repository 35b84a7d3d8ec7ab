"""`denser run`: eras told by a script's text, notebooks, modules, notes and reports."""

import ast
import json
import os
import subprocess
import sys

import pytest

from denser.compat import script
from denser.compat.era import detect, reads_channels_first
from denser.compat.importer import place_of
from denser.core.messages import UserError

OLD = """
from keras.models import Sequential
from keras.layers.core import Dense
import sys
model = Sequential([Dense(output_dim=3, input_dim=2)])
print(model.output_shape, sys.argv[1:], __name__)
"""


@pytest.mark.parametrize(
    ("text", "era"),
    [
        ("from keras.layers import Dense\nmodel.fit(x, nb_epoch=2)", "1"),
        ("from keras.layers import Convolution2D\nConvolution2D(32, 3, 3)", "1"),
        ("from keras.layers import Merge", "1"),
        ("from keras import objectives", "1"),
        ("from keras.layers import Dense\nDense(output_dim=3)", "1"),
        ("from keras.models import Model\nModel(input=x, output=y)", "1"),
        ("from keras.layers import Embedding\nEmbedding(9, output_dim=3)", "2"),
        ("from keras.layers.core import Dense\nDense(3, init='uniform')", "1"),
        ("from keras.layers.core import Dense\nDense(3)", "2"),
        ("from keras.utils import np_utils\nmodel.fit(x, epochs=2)", "2"),
        ("from keras import backend as K\nK.image_data_format()", "2"),
        ("import keras\nkeras.optimizers.Adam(lr=0.1)", "2"),
        ("from keras.models import Sequential\nhistory['val_acc']", "2"),
        ("import tensorflow as tf\ntf.keras.layers.Dense(3)", "tf"),
        ("from tensorflow import keras", "tf"),
        ("from tensorflow.keras.layers import Dense", "tf"),
        ("import tensorflow as tf\ntf.constant(3)", "tf"),
        ("import keras\nfrom keras import ops", "3"),
        ("import os\nos.environ['KERAS_BACKEND'] = 'jax'\nimport keras", "3"),
        ("import keras\nkeras.Sequential([keras.layers.Dense(3)])", "3"),
        ("import numpy", None),
        ("this is no Python", None),
    ],
)
def test_era_of_a_script(text, era):
    assert detect(text) == era


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("Convolution2D(32, 3, 3, input_shape=(1, 28, 28))", True),
        ("rows, cols = 28, 28\nConvolution2D(32, 3, 3, input_shape=(1, rows, cols))", True),
        ("img_channels = 3\nf(input_shape=(img_channels, 32, 32))", True),
        ("input_shape = (1, 28, 28)", True),
        ("x = x.reshape(x.shape[0], 1, 28, 28)", True),
        ("x = x.reshape((-1, 1, 28, 28))", True),
        ("x = x.reshape(x.shape[0], 28, 28, 1)", False),
        ("f(input_shape=(28, 28, 1))", False),
        ("f(input_shape=(1, 5, 1))", False),
        ("if K.image_dim_ordering() == 'th':\n    input_shape = (1, 28, 28)", False),
    ],
)
def test_layout_of_a_script(text, first):
    assert reads_channels_first(ast.parse(text)) == first


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("keras", ""),
        ("keras.layers.core", "layers.core"),
        ("tensorflow.keras.layers", "layers"),
        ("tensorflow.python.keras.utils", "utils"),
        ("tensorflow.compat.v1.keras", ""),
        ("tensorflow.contrib.keras.layers", "layers"),
        ("tf_keras.layers", "layers"),
        ("keras.src.layers", "layers"),
        ("keras_preprocessing.text", "preprocessing.text"),
        ("tensorflow", None),
        ("tensorflow.data", None),
        ("kerastuner", None),
    ],
)
def test_place_of_a_module(name, path):
    assert place_of(name) == path


def test_code_of_a_notebook():
    cells = [
        {"cell_type": "markdown", "source": ["# Title"]},
        {"cell_type": "code", "source": ["%matplotlib inline\n", "!pip install keras\n", "a = 1"]},
        {"cell_type": "code", "source": "for i in range(2):\n    !ls\n    b = i\n"},
        {"cell_type": "code", "source": "%%time\nc = 3"},
        {"cell_type": "code", "source": "%%bash\nls"},
        {"cell_type": "code", "source": "a?"},
        {"cell_type": "code", "source": "files = !ls"},
    ]
    names: dict = {}
    exec(script.code_of(json.dumps({"cells": cells}), "x.ipynb"), names)
    assert (names["a"], names["b"], names["c"]) == (1, 1, 3)


def test_what_is_no_notebook_is_said():
    with pytest.raises(UserError, match="is not a notebook"):
        script.code_of("{", "x.ipynb")


def run(folder, *arguments):
    """`python -m denser ...` in a folder."""
    command = [sys.executable, "-W", "ignore", "-m", "denser", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, env=os.environ)


def test_run_a_script_with_notes_and_report(tmp_path):
    (tmp_path / "old.py").write_text(OLD)
    done = run(tmp_path, "run", "--report", "report.md", "old.py", "--epochs", "3")
    assert done.stdout == "(None, 3) ['--epochs', '3'] __main__\n"
    assert done.stderr.count("output_dim=3") == 1 and "units=3" in done.stderr
    assert "output_dim=3" in (tmp_path / "report.md").read_text()


def test_run_a_notebook_quietly(tmp_path):
    cells = [{"cell_type": "code", "source": OLD}, {"cell_type": "code", "source": "display(7)"}]
    (tmp_path / "old.ipynb").write_text(json.dumps({"cells": cells}))
    done = run(tmp_path, "run", "--quiet", "old.ipynb")
    assert (done.stdout, done.stderr) == ("(None, 3) [] __main__\n7\n", "")


def test_matplotlib_draws_beside_the_stand_in_of_ipython(tmp_path):
    text = "from IPython.display import SVG\nimport matplotlib.pyplot as plt\nplt.figure()\n"
    (tmp_path / "old.py").write_text(text + "print('drawn')")
    assert run(tmp_path, "run", "old.py").stdout == "drawn\n"


def test_run_a_module_and_an_error(tmp_path):
    (tmp_path / "old.py").write_text(OLD + "Dense(0)\n")
    done = run(tmp_path, "run", "--era", "1", "-m", "old", "x")
    assert done.stdout == "(None, 3) ['x'] __main__\n"
    assert done.returncode == 1 and "Dense(0)" in done.stderr


def test_run_says_that_there_is_no_such_file(tmp_path):
    done = run(tmp_path, "missing.py")
    assert done.returncode == 2
    assert done.stderr == "denser run: there is no file 'missing.py'.\n"


UNINSTALLED = """
from denser import compat
from denser.models import Sequential
from denser.layers import Dense
before = vars(Sequential).copy()
compat.install()
import keras
from keras.layers.core import Dense as Older
assert Older is Dense and hasattr(Sequential, "predict_classes")
compat.uninstall()
compat.uninstall()
assert not hasattr(Sequential, "predict_classes") and vars(Sequential) == before
try:
    Dense(output_dim=3)
except TypeError:
    print("restored")
import keras
assert not hasattr(keras, "_place")
"""


def test_uninstall_takes_everything_back(tmp_path):
    command = [sys.executable, "-W", "ignore", "-c", UNINSTALLED]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert done.stdout == "restored\n", done.stderr


def test_install_in_a_program_reads_its_text(tmp_path):
    text = "import denser.compat\ndenser.compat.install()\n" + OLD
    (tmp_path / "program.py").write_text(
        text + "from denser.compat.era import eras\nprint(eras.era)"
    )
    command = [sys.executable, "-W", "ignore", "program.py"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert done.stdout.endswith("\n1\n"), done.stderr


def test_install_says_that_it_comes_too_late(tmp_path):
    command = [sys.executable, "-c", "import json as keras, sys; sys.modules['keras'] = keras\n"
               "from denser import compat; compat.install()"]  # fmt: skip
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert "before the first import of keras" in done.stderr
