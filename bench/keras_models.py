"""The models, written once for `keras` and for `denser`: the argument is the one or the other."""

from typing import Any

from .workloads import VOCABULARY, WORKLOADS


def digits_mlp(keras: Any) -> Any:
    layers = keras.layers
    return keras.Sequential([
        keras.Input((784,)),
        layers.Dense(512, activation="relu"),
        layers.Dropout(0.2),
        layers.Dense(512, activation="relu"),
        layers.Dropout(0.2),
        layers.Dense(10, activation="softmax"),
    ])  # fmt: skip


def small_mlp(keras: Any) -> Any:
    layers = keras.layers
    return keras.Sequential([
        keras.Input((20,)),
        layers.Dense(64, activation="relu"),
        layers.Dense(32, activation="relu"),
        layers.Dense(10, activation="softmax"),
    ])  # fmt: skip


def tabular(keras: Any) -> Any:
    layers = keras.layers
    numbers, *categories = WORKLOADS["tabular"].inputs
    inputs = [keras.Input(numbers.shape)]
    inputs += [keras.Input(c.shape, dtype="int32") for c in categories]
    vectors = [
        layers.Flatten()(layers.Embedding(c.below, 8)(x))
        for c, x in zip(categories, inputs[1:], strict=True)
    ]
    x = layers.Concatenate()([inputs[0], *vectors])
    x = layers.Dense(64, activation="relu")(x)
    x = layers.Dense(32, activation="relu")(x)
    return keras.Model(inputs, layers.Dense(1, activation="sigmoid")(x))


def convnet(keras: Any) -> Any:
    layers = keras.layers
    return keras.Sequential([
        keras.Input((28, 28, 1)),
        layers.Conv2D(32, 3, activation="relu"),
        layers.MaxPooling2D(),
        layers.Conv2D(64, 3, activation="relu"),
        layers.MaxPooling2D(),
        layers.Conv2D(64, 3, activation="relu"),
        layers.Flatten(),
        layers.Dense(64, activation="relu"),
        layers.Dense(10, activation="softmax"),
    ])  # fmt: skip


def vgg(keras: Any) -> Any:
    layers = keras.layers
    return keras.Sequential([
        keras.Input((32, 32, 3)),
        layers.Conv2D(32, 3, padding="same", activation="relu"),
        layers.Conv2D(32, 3, activation="relu"),
        layers.MaxPooling2D(),
        layers.Dropout(0.25),
        layers.Conv2D(64, 3, padding="same", activation="relu"),
        layers.Conv2D(64, 3, activation="relu"),
        layers.MaxPooling2D(),
        layers.Dropout(0.25),
        layers.Flatten(),
        layers.Dense(512, activation="relu"),
        layers.Dropout(0.5),
        layers.Dense(10, activation="softmax"),
    ])  # fmt: skip


def augmented(keras: Any) -> Any:
    layers = keras.layers
    return keras.Sequential([
        keras.Input((32, 32, 3)),
        layers.RandomFlip("horizontal"),
        layers.RandomTranslation(0.1, 0.1),
        layers.Conv2D(32, 3, activation="relu"),
        layers.MaxPooling2D(),
        layers.Conv2D(64, 3, activation="relu"),
        layers.MaxPooling2D(),
        layers.Flatten(),
        layers.Dense(64, activation="relu"),
        layers.Dense(10, activation="softmax"),
    ])  # fmt: skip


def resnet(keras: Any) -> Any:
    layers = keras.layers

    def convolved(x: Any, filters: int, size: int, stride: int) -> Any:
        x = layers.Conv2D(filters, size, stride, padding="same", use_bias=False)(x)
        return layers.BatchNormalization()(x)

    def block(x: Any, filters: int, stride: int) -> Any:
        y = layers.Activation("relu")(convolved(x, filters, 3, stride))
        y = convolved(y, filters, 3, 1)
        if stride > 1:
            x = convolved(x, filters, 1, stride)
        return layers.Activation("relu")(layers.Add()([x, y]))

    inputs = keras.Input((32, 32, 3))
    x = layers.Activation("relu")(convolved(inputs, 16, 3, 1))
    for filters, stride in ((16, 1), (32, 2), (64, 2)):
        for first in (stride, 1, 1):
            x = block(x, filters, first)
    x = layers.GlobalAveragePooling2D()(x)
    return keras.Model(inputs, layers.Dense(10, activation="softmax")(x))


def pooling(keras: Any) -> Any:
    layers = keras.layers
    return keras.Sequential([
        keras.Input((200,), dtype="int32"),
        layers.Embedding(VOCABULARY, 128),
        layers.GlobalAveragePooling1D(),
        layers.Dense(64, activation="relu"),
        layers.Dense(1, activation="sigmoid"),
    ])  # fmt: skip


def lstm(keras: Any) -> Any:
    layers = keras.layers
    return keras.Sequential([
        layers.Embedding(VOCABULARY, 128),
        layers.LSTM(128),
        layers.Dense(1, activation="sigmoid"),
    ])  # fmt: skip


def bidirectional(keras: Any) -> Any:
    layers = keras.layers
    return keras.Sequential([
        layers.Embedding(VOCABULARY, 128),
        layers.Bidirectional(layers.LSTM(64)),
        layers.Dense(1, activation="sigmoid"),
    ])  # fmt: skip


def transformer(keras: Any) -> Any:
    layers = keras.layers

    class Places(layers.Layer):
        """Adds a vector for each place in the text."""

        def build(self, shape: Any) -> None:
            self.places = self.add_weight(shape=shape[1:], initializer="uniform", name="places")
            self.built = True

        def call(self, x: Any) -> Any:
            return x + self.places

    inputs = keras.Input((128,), dtype="int32")
    x = Places()(layers.Embedding(VOCABULARY, 128)(inputs))
    y = layers.Dropout(0.1)(layers.MultiHeadAttention(num_heads=4, key_dim=32)(x, x))
    x = layers.LayerNormalization()(layers.Add()([x, y]))
    y = layers.Dense(128)(layers.Dense(256, activation="relu")(x))
    x = layers.LayerNormalization()(layers.Add()([x, layers.Dropout(0.1)(y)]))
    x = layers.Dropout(0.1)(layers.GlobalAveragePooling1D()(x))
    return keras.Model(inputs, layers.Dense(1, activation="sigmoid")(x))


def autoencoder(keras: Any) -> Any:
    layers = keras.layers
    return keras.Sequential([
        keras.Input((784,)),
        layers.Dense(128, activation="relu"),
        layers.Dense(32, activation="relu"),
        layers.Dense(128, activation="relu"),
        layers.Dense(784, activation="sigmoid"),
    ])  # fmt: skip


def optimizer(keras: Any, name: str) -> Any:
    if name == "adam":
        return keras.optimizers.Adam(1e-3)
    return keras.optimizers.SGD(0.05, momentum=0.9)
