"""Reviews of films, good or bad, read word by word: LSTM, GRU, SimpleRNN, Bidirectional."""

import argparse

from denser import Sequential
from denser.datasets import imdb
from denser.layers import GRU, LSTM, Bidirectional, Dense, Embedding, SimpleRNN
from denser.utils import pad_sequences

WORDS, LENGTH = 10_000, 80
READERS = {
    "lstm": lambda: LSTM(32),
    "gru": lambda: GRU(32),
    "simple": lambda: SimpleRNN(32),
    "bidirectional": lambda: Bidirectional(LSTM(32)),
}


def build(reader: str) -> Sequential:
    """Words become vectors, a recurrent layer reads them in turn, one unit decides."""
    model = Sequential()
    model.add(Embedding(WORDS, 32, mask_zero=True))
    model.add(READERS[reader]())
    model.add(Dense(1, activation="sigmoid"))
    return model


def main(epochs: int = 3, rows: int | None = None, reader: str = "lstm") -> float:
    """Train and evaluate; returns the accuracy on the test set."""
    (x_train, y_train), (x_test, y_test) = imdb.load_data(num_words=WORDS)
    x_train = pad_sequences(x_train[:rows], maxlen=LENGTH)
    x_test = pad_sequences(x_test[:rows], maxlen=LENGTH)

    model = build(reader)
    model.compile(loss="binary_crossentropy", optimizer="adam", metrics=["accuracy"])
    model.fit(x_train, y_train[:rows], batch_size=128, epochs=epochs, validation_split=0.2)
    loss, accuracy = model.evaluate(x_test, y_test[:rows], batch_size=128, verbose=0)
    print(f"{reader}: test loss {loss:.4f}, test accuracy {accuracy:.4f}")
    return accuracy


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("reader", nargs="?", choices=READERS, default="lstm")
    main(reader=parser.parse_args().reader)
