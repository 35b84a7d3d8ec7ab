"""`denser modernize`: older scripts rewritten for Keras 3."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from denser.compat.modernize import modernize

PROGRAMS = Path(__file__).parent / "modernize"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("from keras.layers.core import Dense, Dropout", "from keras.layers import Dense, Dropout"),
        ("from keras.layers import Convolution2D", "from keras.layers import Conv2D"),
        ("from keras.utils import np_utils", "from keras import utils as np_utils"),
        (
            "from keras.utils.np_utils import to_categorical",
            "from keras.utils import to_categorical",
        ),
        ("from keras.optimizers import adam", "from keras.optimizers import Adam as adam"),
        ("from keras.layers.merge import concatenate", "from keras.layers import concatenate"),
        ("import keras.objectives", "import keras.losses"),
        ("import keras.backend as K", "import keras.backend as K"),
        ("import tensorflow.keras as keras", "import keras"),
        ("from tensorflow import keras", "import keras"),
        ("from tensorflow.keras.layers import Dense as D", "from keras.layers import Dense as D"),
        ("from keras.engine.topology import Layer", "from keras.layers import Layer"),
        ("Convolution2D(32, 3, 3, border_mode='same')", "Conv2D(32, (3, 3), padding='same')"),
        ("Convolution2D(n, 3, k)", "Convolution2D(n, 3, k)".replace("Convolution", "Conv")),
        ("Dense(output_dim=3, init='uniform')", "Dense(units=3, kernel_initializer='uniform')"),
        ("Dense(3,  activation = 'relu')", "Dense(3,  activation = 'relu')"),
        ("Dropout(p=0.5)", "Dropout(rate=0.5)"),
        ("MaxPooling1D(pool_length=2)", "MaxPooling1D(pool_size=2)"),
        ("LSTM(4, inner_activation=f)", "LSTM(4, recurrent_activation=f)"),
        ("SGD(lr=0.1, momentum=0.9)", "SGD(learning_rate=0.1, momentum=0.9)"),
        ("model.fit(x, y, nb_epoch=3)  # three", "model.fit(x, y, epochs=3)  # three"),
        ("model.fit(x, y, show_accuracy=True, verbose=1)", "model.fit(x, y, verbose=1)"),
        ("model.compile(loss='mse', class_mode='binary')", "model.compile(loss='mse')"),
        ("model.fit_generator(g, nb_worker=1)", "model.fit(g)"),
        ("model.predict_classes(x)", "model.predict(x).argmax(axis=-1)"),
        ("Model(input=a, output=b)", "Model(inputs=a, outputs=b)"),
        ("print(model.optimizer.lr)", "print(model.optimizer.learning_rate)"),
        (
            "model.reset_states()",
            "[layer.reset_state() for layer in model.layers if getattr(layer, 'stateful', False)]",
        ),
        ("model.predict_generator(g, 5)", "model.predict(g, 5, verbose=0)"),
        ("model.save_weights('w.h5')", "model.save_weights('w.weights.h5')"),
        ("SGD(clipnorm=1.)", "SGD(global_clipnorm=1.)"),
        ("history['acc']  # nothing", "history['acc']  # nothing"),
    ],
)
def test_rewritten(old, new):
    assert modernize(old, era="1").strip() == new


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("K.argmax(x)", "keras.ops.argmax(x, axis=-1)"),
        ("K.expand_dims(x)", "keras.ops.expand_dims(x, axis=-1)"),
        ("K.repeat(x, 3)", "keras.ops.repeat(keras.ops.expand_dims(x, 1), 3, axis=1)"),
        ("K.switch(a, b, c)", "keras.ops.where(a, b, c)"),
        ("K.int_shape(x)[1]", "keras.ops.shape(x)[1]"),
        ("K.sum(K.square(x), axis=1)", "keras.ops.sum(keras.ops.square(x), axis=1)"),
        ("K.epsilon()", "K.epsilon()"),
        ("K.batch_dot(a, b, axes=[2, 2])", "keras.layers.dot([a, b], axes=[2, 2])"),
        ("keras.losses.mae(a, b)", "keras.losses.mean_absolute_error(a, b)"),
        ("keras.optimizers.rmsprop(lr=0.1)", "keras.optimizers.RMSprop(learning_rate=0.1)"),
        ("K.function([a], [b])", "K.function([a], [b])"),
        ("f(K.image_dim_ordering() == 'th')",
         "f(keras.backend.image_data_format() == 'channels_first')"),
    ],
)  # fmt: skip
def test_functions_of_the_backend(old, new):
    text = modernize(f"from keras import backend as K\n{old}\n", era="1")
    assert text.splitlines()[-1] == new


def test_defaults_that_changed_are_written_out():
    assert modernize("Adadelta()", era="2") == "Adadelta(learning_rate=1.0)"
    assert modernize("Adadelta()", era="3") == "Adadelta()"


def test_merge_becomes_the_function_of_its_mode():
    new = modernize(
        "from keras.layers import merge\nx = merge([a, b], mode='concat', concat_axis=1)"
    )
    assert "from keras.layers import concatenate\n" in new
    assert "x = concatenate([a, b], axis=1)" in new and "merge(" not in new


OLD = '''"""A program for Keras 1."""
from __future__ import print_function
import numpy as np
from keras import backend as K
from keras.layers.convolutional import Convolution2D, MaxPooling2D
from keras.layers.core import Dense, Flatten, Lambda
from keras.layers import Input, merge
from keras.models import Model
from keras.optimizers import Adadelta
from keras.utils import np_utils

x = np.random.rand(8, 6, 6, 1)
y = np_utils.to_categorical([0, 1] * 4, 2)
image = Input(shape=(6, 6, 1))
a = Convolution2D(2, 3, 3, border_mode="same", activation="relu")(image)
b = Convolution2D(2, 3, 3, "he_normal", "relu", border_mode="same")(image)
both = merge([a, b], mode="concat", concat_axis=-1)
flat = Flatten()(MaxPooling2D(pool_size=(2, 2), border_mode="valid")(both))
out = Dense(output_dim=2, init="uniform", activation="softmax")(Lambda(lambda t: K.square(t))(flat))
model = Model(input=image, output=out)
model.compile(loss="categorical_crossentropy", optimizer=Adadelta(), metrics=["accuracy"])
model.fit(x, y, batch_size=4, nb_epoch=1, verbose=0)
print(model.output_shape, float(np.array(model.optimizer.lr)))
'''


def run(folder, *command):
    """What a program prints."""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", *command],
        cwd=folder, capture_output=True, text=True, env={**os.environ, "KERAS_BACKEND": "jax"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_rewritten_program_runs_on_keras(tmp_path):
    (tmp_path / "new.py").write_text(modernize(OLD))
    assert run(tmp_path, "new.py") == "(None, 2) 1.0\n"


@pytest.mark.parametrize("era", ["1", "2"])
def test_a_program_does_the_same_on_keras_once_it_is_rewritten(tmp_path, era):
    text = (PROGRAMS / f"keras{era}.txt").read_text()
    (tmp_path / "old.py").write_text(text)
    (tmp_path / "new.py").write_text(modernize(text, era))
    here = ("-m", "denser", "run", "--quiet")
    before = run(tmp_path, *here, "--era", era, "old.py")
    assert run(tmp_path, "new.py") == before
    assert run(tmp_path, *here, "--era", "3", "new.py") == before
