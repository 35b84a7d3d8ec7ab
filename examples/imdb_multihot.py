"""Reviews of films, good or bad, told from which words stand in them."""

import numpy as np

from denser import Sequential
from denser.datasets import imdb
from denser.layers import Dense

WORDS = 10_000


def multi_hot(sequences: np.ndarray) -> np.ndarray:
    """A row for each review, with a one for each word that stands in it."""
    rows = np.zeros((len(sequences), WORDS), dtype="float32")
    for row, sequence in zip(rows, sequences, strict=True):
        row[sequence] = 1
    return rows


def main(epochs: int = 4, rows: int | None = None) -> float:
    """Train and evaluate; returns the accuracy on the test set."""
    (train_data, train_labels), (test_data, test_labels) = imdb.load_data(num_words=WORDS)
    x_train, x_test = multi_hot(train_data[:rows]), multi_hot(test_data[:rows])

    model = Sequential([Dense(16, "relu"), Dense(16, "relu"), Dense(1, "sigmoid")])
    model.compile(optimizer="rmsprop", loss="binary_crossentropy", metrics=["accuracy"])
    model.fit(
        x_train, train_labels[:rows].astype("float32"), epochs=epochs, batch_size=512,
        validation_split=0.4,
    )  # fmt: skip
    loss, accuracy = model.evaluate(x_test, test_labels[:rows].astype("float32"), verbose=0)
    print(f"test loss {loss:.4f}, test accuracy {accuracy:.4f}")
    return accuracy


if __name__ == "__main__":
    main()
