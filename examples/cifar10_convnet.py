"""Small colour photographs of ten kinds of things."""

from denser import Sequential
from denser.datasets import cifar10
from denser.layers import Conv2D, Dense, Dropout, Flatten, MaxPooling2D


def build() -> Sequential:
    """Two blocks of two convolutions, dropout after each."""
    model = Sequential()
    model.add(Conv2D(32, (3, 3), padding="same", activation="relu", input_shape=(32, 32, 3)))
    model.add(Conv2D(32, (3, 3), activation="relu"))
    model.add(MaxPooling2D(pool_size=(2, 2)))
    model.add(Dropout(0.25))
    model.add(Conv2D(64, (3, 3), padding="same", activation="relu"))
    model.add(Conv2D(64, (3, 3), activation="relu"))
    model.add(MaxPooling2D(pool_size=(2, 2)))
    model.add(Dropout(0.25))
    model.add(Flatten())
    model.add(Dense(512, activation="relu"))
    model.add(Dropout(0.5))
    model.add(Dense(10, activation="softmax"))
    return model


def main(epochs: int = 15, rows: int | None = None) -> float:
    """Train and evaluate; returns the accuracy on the test set."""
    (x_train, y_train), (x_test, y_test) = cifar10.load_data()
    x_train, x_test = x_train[:rows] / 255.0, x_test / 255.0

    model = build()
    model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    model.fit(
        x_train, y_train[:rows], batch_size=64, epochs=epochs, validation_data=(x_test, y_test)
    )
    loss, accuracy = model.evaluate(x_test, y_test, verbose=0)
    print(f"test loss {loss:.4f}, test accuracy {accuracy:.4f}")
    return accuracy


if __name__ == "__main__":
    main()
