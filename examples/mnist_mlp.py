"""Handwritten digits with fully connected layers."""

from denser import Sequential
from denser.datasets import mnist
from denser.layers import Activation, Dense, Dropout
from denser.utils import to_categorical


def build() -> Sequential:
    """784 pixels in, ten probabilities out."""
    model = Sequential()
    model.add(Dense(512, input_shape=(784,)))
    model.add(Activation("relu"))
    model.add(Dropout(0.2))
    model.add(Dense(512))
    model.add(Activation("relu"))
    model.add(Dropout(0.2))
    model.add(Dense(10))
    model.add(Activation("softmax"))
    return model


def main(epochs: int = 20, rows: int | None = None) -> float:
    """Train, evaluate, look at a prediction; returns the accuracy on the test set."""
    (x_train, y_train), (x_test, y_test) = mnist.load_data()
    x_train = x_train.reshape(60000, 784).astype("float32")[:rows] / 255
    x_test = x_test.reshape(10000, 784).astype("float32") / 255
    y_train, y_test = to_categorical(y_train, 10)[:rows], to_categorical(y_test, 10)

    model = build()
    model.summary()
    model.compile(loss="categorical_crossentropy", optimizer="adam", metrics=["accuracy"])
    model.fit(x_train, y_train, batch_size=128, epochs=epochs, validation_split=0.1)
    loss, accuracy = model.evaluate(x_test, y_test, verbose=0)
    print(f"test loss {loss:.4f}, test accuracy {accuracy:.4f}")
    print("the first digit is a", model.predict(x_test[:1], verbose=0).argmax())
    return accuracy


if __name__ == "__main__":
    main()
