"""Six ways to say what goes into a network, and one to say nothing at all."""

import numpy as np

from denser import Input, Sequential
from denser.layers import Dense

x = np.random.default_rng(0).normal(size=(256, 2)).astype("float32")
y = x[:, :1] * x[:, 1:]  # the product of two numbers


def ways() -> dict[str, Sequential]:
    """The same network, told its input in different words."""
    return {
        "input_shape=(2,)": Sequential([Dense(32, "relu", input_shape=(2,)), Dense(1)]),
        "input_shape=[2]": Sequential([Dense(32, "relu", input_shape=[2]), Dense(1)]),
        "input_dim=2": Sequential([Dense(32, "relu", input_dim=2), Dense(1)]),
        "batch_input_shape": Sequential([Dense(32, "relu", batch_input_shape=(32, 2)), Dense(1)]),
        "Input(shape=(2,))": Sequential([Input(shape=(2,)), Dense(32, "relu"), Dense(1)]),
        "nothing": Sequential([Dense(32, "relu"), Dense(1)]),
    }


def main(epochs: int = 30, rows: int | None = None) -> dict[str, float]:
    """Train each of them; returns the last loss by how the input was given."""
    losses = {}
    for way, model in ways().items():
        model.compile(optimizer="adam", loss="mse")
        history = model.fit(x[:rows], y[:rows], epochs=epochs, verbose=0)
        losses[way] = history.history["loss"][-1]
        print(f"{way:18} {model.count_params()} parameters, loss {losses[way]:.4f}")
    stack = Sequential()
    stack.add(Dense(64, input_shape=(2,)))
    stack.add(Dense(32, "relu"))
    stack.pop()
    print(f"after add, add and pop there is {len(stack.layers)} layer, {stack.output_shape}")
    return losses


if __name__ == "__main__":
    main()
