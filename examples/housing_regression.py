"""Prices of Californian districts: regression with one linear unit at the end."""

from denser import Sequential
from denser.callbacks import EarlyStopping
from denser.datasets import california_housing
from denser.layers import BatchNormalization, Dense, Dropout


def build(features: int) -> Sequential:
    """A number out, of any size: the last layer has one unit and no activation."""
    return Sequential(
        [
            BatchNormalization(input_shape=[features]),
            Dense(128, activation="relu"),
            Dropout(0.1),
            Dense(128, activation="relu"),
            Dense(1),
        ]
    )


def main(epochs: int = 100, rows: int | None = None) -> float:
    """Train until validation gets no better; returns the mean absolute error in dollars."""
    (x_train, y_train), (x_test, y_test) = california_housing.load_data(version="large")
    x_train, y_train = x_train[:rows], y_train[:rows] / 100_000
    model = build(x_train.shape[1])
    model.compile(optimizer="adam", loss="mae")
    stop = EarlyStopping(patience=10, min_delta=0.001, restore_best_weights=True)
    history = model.fit(
        x_train, y_train, batch_size=128, epochs=epochs, validation_split=0.2, callbacks=[stop],
        verbose=2,
    )  # fmt: skip
    error = 100_000 * model.evaluate(x_test, y_test / 100_000, verbose=0)
    print(f"after {len(history.epoch)} epochs: off by {error:,.0f} dollars on average")
    return error


if __name__ == "__main__":
    main()
