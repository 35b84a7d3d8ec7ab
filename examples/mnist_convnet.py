"""Handwritten digits with convolutions."""

from denser import Sequential
from denser.datasets import mnist
from denser.layers import Conv2D, Dense, Flatten, MaxPooling2D


def build() -> Sequential:
    """Three convolutions, each looking at a coarser picture, then two dense layers."""
    return Sequential(
        [
            Conv2D(32, (3, 3), activation="relu", input_shape=(28, 28, 1)),
            MaxPooling2D((2, 2)),
            Conv2D(64, (3, 3), activation="relu"),
            MaxPooling2D((2, 2)),
            Conv2D(64, (3, 3), activation="relu"),
            Flatten(),
            Dense(64, activation="relu"),
            Dense(10, activation="softmax"),
        ]
    )


def main(epochs: int = 5, rows: int | None = None) -> float:
    """Train and evaluate; returns the accuracy on the test set."""
    (x_train, y_train), (x_test, y_test) = mnist.load_data()
    x_train = x_train.reshape((60000, 28, 28, 1)).astype("float32")[:rows] / 255
    x_test = x_test.reshape((10000, 28, 28, 1)).astype("float32") / 255

    model = build()
    model.compile(optimizer="rmsprop", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    model.fit(x_train, y_train[:rows], epochs=epochs, batch_size=64)
    loss, accuracy = model.evaluate(x_test, y_test, verbose=0)
    print(f"test loss {loss:.4f}, test accuracy {accuracy:.4f}")
    return accuracy


if __name__ == "__main__":
    main()
