"""The digits network of the tutorials, from start to end, under Keras or under denser.

python -m bench.digits_script LIBRARY DIGITS.npz MODEL.keras EPOCHS BATCH
"""

import importlib
import sys

import numpy as np

library, data, path, epochs, batch_size = sys.argv[1:]
keras = importlib.import_module(library)
layers = keras.layers

digits = np.load(data)
x_train = digits["x_train"].reshape(-1, 784).astype("float32") / 255
x_test = digits["x_test"].reshape(-1, 784).astype("float32") / 255
y_train = np.eye(10, dtype="float32")[digits["y_train"]]
y_test = np.eye(10, dtype="float32")[digits["y_test"]]

keras.utils.set_random_seed(0)
model = keras.Sequential()
model.add(keras.Input((784,)))
model.add(layers.Dense(512))
model.add(layers.Activation("relu"))
model.add(layers.Dropout(0.2))
model.add(layers.Dense(512))
model.add(layers.Activation("relu"))
model.add(layers.Dropout(0.2))
model.add(layers.Dense(10))
model.add(layers.Activation("softmax"))
model.compile(loss="categorical_crossentropy", optimizer="adam", metrics=["accuracy"])
model.fit(
    x_train, y_train, batch_size=int(batch_size), epochs=int(epochs), validation_split=0.1,
    verbose=2,
)  # fmt: skip

loss, accuracy = model.evaluate(x_test, y_test, verbose=0)
scores = model.predict(x_test, verbose=0)
model.save(path)
loaded = keras.models.load_model(path)
same = np.array_equal(loaded.predict(x_test, verbose=0), scores)
print(f"test accuracy {accuracy:.4f}, loaded: {'the same' if same else 'other'} answers")
