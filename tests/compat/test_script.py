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
        {"cell_type": "code", "source": "d = ('%d'\n% a)"},
        {"cell_type": "code", "source": "!ls\n% ls\ne = ('%d'\n     % a)"},
    ]
    names: dict = {}
    exec(script.code_of(json.dumps({"cells": cells}), "x.ipynb"), names)
    assert "".join(str(names[name]) for name in "abcde") == "11311"


def test_a_notebook_with_a_magic_of_its_own(tmp_path):
    own = """from IPython.core.magic import register_cell_magic
@register_cell_magic
def only(line, cell):
    if line == "here":
        get_ipython().run_cell(cell)
"""
    sources = [own, "%%only here\na = 'kept'", "%%only there\na = 'lost'", "print(a)"]
    cells = [{"cell_type": "code", "source": source} for source in sources]
    (tmp_path / "own.ipynb").write_text(json.dumps({"cells": cells}))
    assert run(tmp_path, "run", "own.ipynb").stdout == "kept\n"


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


def test_what_keras_3_gives_has_numpy_without_tensorflow_imported(tmp_path):
    text = (
        "import keras, numpy as np\n"
        "dense = keras.layers.Dense(2, kernel_initializer='ones')\n"
        "data = keras.utils.timeseries_dataset_from_array(np.arange(4.0), None, 2)\n"
        "batch = next(iter(data))\n"
        "print(keras.ops.ones(1).numpy(), dense(np.ones((1, 1))).numpy(), batch.numpy().shape)\n"
    )
    (tmp_path / "new.py").write_text(text)
    assert run(tmp_path, "run", "new.py").stdout == "[1.] [[1. 1.]] (3, 2)\n"


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


OF_THEN = """
import math
import numpy as np
import scipy
import theano.tensor as T
from keras_contrib.layers import InstanceNormalization
from scipy.misc import imresize, imsave, toimage
from sklearn.cross_validation import KFold, StratifiedKFold, cross_val_score
from sklearn.grid_search import GridSearchCV
from sklearn.linear_model import LogisticRegression

one = np.array([2.0])
zeros = np.zeros(2)
zeros[0] = one
assert float(one) + int(np.array([[1]])) + math.sqrt(one * 8) + zeros[0] == 9
assert "%d %s %.1f%%" % (one, one, one) == "2 [2.] 2.0%" and "%03d" % one == "002"
assert np.array([[1, 2], [3]]).dtype == object and len(list(xrange(3))) == 3
assert len(np.concatenate(([[1, 2], [3]], [[4]]))) == 3
imsave("grey.png", np.eye(4))
assert scipy.misc.imread("grey.png").max() == 255
assert imresize(np.ones((4, 6, 3), "uint8"), 50).shape == (2, 3, 3)
assert toimage(np.random.rand(3, 4, 5)).size == (5, 4)
x, y = np.arange(12.0).reshape(6, 2), np.array([0, 1, 0, 1, 0, 1])
assert [len(test) for _, test in KFold(6, n_folds=3)] == [2, 2, 2]
folds = StratifiedKFold(y=y, n_folds=3, shuffle=True, random_state=1)
assert len(cross_val_score(LogisticRegression(), x, y, "log_loss", cv=folds)) == 3
search = GridSearchCV(LogisticRegression(), {"C": [1.0]}, scoring="log_loss", cv=2).fit(x, y)
assert search.grid_scores_[0].parameters == {"C": 1.0}
import collections, fractions, inspect, io, time
import pandas as pd
from sklearn.preprocessing import Imputer, OneHotEncoder
from sklearn.utils import class_weight
from theano.tensor.shared_randomstreams import RandomStreams

assert time.clock() > 0 and fractions.gcd(4, 6) == 2 and issubclass(list, collections.Iterable)
assert inspect.getargspec(lambda a, b: a).args == ["a", "b"] and RandomStreams(7)
frame = pd.read_csv(io.StringIO("1 x\\n3 y\\n"), delim_whitespace=True, header=None)
assert frame[1].dtype == object and len(frame.append(frame)) == 4
assert pd.get_dummies(frame[1]).values.dtype == "uint8"
assert frame.as_matrix([0]).tolist() == [[1], [3]]
assert pd.Series([1.0, None]).fillna(method="ffill").tolist() == [1, 1]
encoder = OneHotEncoder(categorical_features=[1])
assert encoder.fit_transform([[5.0, 1], [6.0, 2]]).toarray().tolist() == [[1, 0, 5], [0, 1, 6]]
assert Imputer().fit_transform([[2.0], [np.nan]]).tolist() == [[2], [2]]
weights = class_weight.compute_class_weight("balanced", np.unique(y), y)
assert weights.tolist() == [1, 1]
assert OneHotEncoder(sparse=False).fit_transform([[1]]).tolist() == [[1]]
from sklearn.model_selection import KFold
assert KFold(n_splits=2, random_state=7).get_n_splits() == 2
print("fine")
"""


def test_run_with_what_its_neighbours_were(tmp_path):
    (tmp_path / "old.py").write_text(OF_THEN)
    done = run(tmp_path, "run", "--quiet", "old.py")
    assert done.stdout == "fine\n", done.stderr
