"""Recurrent layers that make their own cell: SimpleRNN, LSTM, GRU."""

from typing import Annotated, Any

from ..activations import AnActivation
from ..constraints import AConstraint
from ..core.fields import Positive, Rate, Rule, Seed
from ..initializers import AnInitializer
from ..regularizers import ARegularizer
from .cells import GRUCell, LSTMCell, SimpleRNNCell
from .rnn import Recurrent

UseCudnn = Annotated[
    Any, Rule("'auto', True or False", lambda v: v in ("auto", True, False), bad=("yes", 2))
]


class SimpleRNN(Recurrent):
    """`h = activation(x[t] @ kernel + h @ recurrent_kernel + bias)` along a sequence.

    Shapes:
        sequences: (batch, time, features) -> (batch, units), or (batch, time, units) with
            return_sequences
        kernel: (features, units)
        recurrent_kernel: (units, units)
        bias: (units,)
        mask: (batch, time); a step where it is False leaves the state as it is

    Args:
        units: Size of the state and of the output.
        activation: Function or name.
        use_bias: Whether to add `bias`.
        kernel_initializer, recurrent_initializer, ...: How the weights start, their penalties, and
            what they are brought back to after each step of training.
        dropout: In training, probability that a feature of the inputs is dropped, the same ones at
            all steps.
        recurrent_dropout: The same for the state in `h @ recurrent_kernel`.
        seed: An integer makes the dropout repeatable.
        return_sequences, return_state, go_backwards, stateful, unroll: As in RNN.

    Example:
        >>> SimpleRNN(4)(ops.ones((2, 5, 3))).shape
        (2, 4)
    """

    cell_class = SimpleRNNCell

    units: Positive
    activation: AnActivation = "tanh"
    use_bias: bool = True
    kernel_initializer: AnInitializer = "glorot_uniform"
    recurrent_initializer: AnInitializer = "orthogonal"
    bias_initializer: AnInitializer = "zeros"
    kernel_regularizer: ARegularizer = None
    recurrent_regularizer: ARegularizer = None
    bias_regularizer: ARegularizer = None
    activity_regularizer: ARegularizer = None
    kernel_constraint: AConstraint = None
    recurrent_constraint: AConstraint = None
    bias_constraint: AConstraint = None
    dropout: Rate = 0.0
    recurrent_dropout: Rate = 0.0
    return_sequences: bool = False
    return_state: bool = False
    go_backwards: bool = False
    stateful: bool = False
    unroll: bool = False
    seed: Seed = None


class LSTM(Recurrent):
    """Long short-term memory: `c = f * c + i * g` and `h = o * tanh(c)` along a sequence.

    The gates i, f, g, o are sigmoids (g: tanh) of `x[t] @ kernel + h @ recurrent_kernel + bias`.

    Shapes:
        sequences: (batch, time, features) -> (batch, units), or (batch, time, units) with
            return_sequences
        kernel: (features, 4 * units), gates in the order i, f, g, o
        recurrent_kernel: (units, 4 * units)
        bias: (4 * units,)
        mask: (batch, time); a step where it is False leaves the states as they are

    Args:
        units: Size of each state and of the output.
        activation, recurrent_activation: Stand in for tanh and sigmoid.
        use_bias: Whether to add `bias`.
        unit_forget_bias: Whether the bias of the forget gate starts with 1.
        use_cudnn: Changes nothing: one compiled loop runs on every device.
        kernel_initializer, dropout, return_sequences, ...: As in SimpleRNN and RNN.

    Example:
        >>> output, h, c = LSTM(4, return_state=True)(ops.ones((2, 5, 3)))
        >>> output.shape, c.shape
        ((2, 4), (2, 4))

    Source: Hochreiter & Schmidhuber 1997, doi:10.1162/neco.1997.9.8.1735.
    """

    cell_class = LSTMCell

    units: Positive
    activation: AnActivation = "tanh"
    recurrent_activation: AnActivation = "sigmoid"
    use_bias: bool = True
    kernel_initializer: AnInitializer = "glorot_uniform"
    recurrent_initializer: AnInitializer = "orthogonal"
    bias_initializer: AnInitializer = "zeros"
    unit_forget_bias: bool = True
    kernel_regularizer: ARegularizer = None
    recurrent_regularizer: ARegularizer = None
    bias_regularizer: ARegularizer = None
    activity_regularizer: ARegularizer = None
    kernel_constraint: AConstraint = None
    recurrent_constraint: AConstraint = None
    bias_constraint: AConstraint = None
    dropout: Rate = 0.0
    recurrent_dropout: Rate = 0.0
    seed: Seed = None
    return_sequences: bool = False
    return_state: bool = False
    go_backwards: bool = False
    stateful: bool = False
    unroll: bool = False
    use_cudnn: UseCudnn = "auto"


class GRU(Recurrent):
    """Gated recurrent unit: `h = z * h + (1 - z) * g` along a sequence.

    With `x` and `h` for their products with the parts of the kernels: `z = sigmoid(x + h)`,
    `r = sigmoid(x + h)`, `g = tanh(x + r * h)`; or, without `reset_after`, `r` multiplies `h`
    before the product.

    Shapes:
        sequences: (batch, time, features) -> (batch, units), or (batch, time, units) with
            return_sequences
        kernel: (features, 3 * units), gates in the order z, r, g
        recurrent_kernel: (units, 3 * units)
        bias: (2, 3 * units), of the inputs and recurrent; without `reset_after` (3 * units,)
        mask: (batch, time); a step where it is False leaves the state as it is

    Args:
        units: Size of the state and of the output.
        activation, recurrent_activation: Stand in for tanh and sigmoid.
        use_bias: Whether to add `bias`.
        reset_after: Whether the reset gate comes after the product with the recurrent kernel.
        use_cudnn: Changes nothing: one compiled loop runs on every device.
        kernel_initializer, dropout, return_sequences, ...: As in SimpleRNN and RNN.

    Example:
        >>> GRU(4, return_sequences=True)(ops.ones((2, 5, 3))).shape
        (2, 5, 4)

    Source: Cho et al. 2014, arXiv:1406.1078 (v1: after, v3: before).
    """

    cell_class = GRUCell

    units: Positive
    activation: AnActivation = "tanh"
    recurrent_activation: AnActivation = "sigmoid"
    use_bias: bool = True
    kernel_initializer: AnInitializer = "glorot_uniform"
    recurrent_initializer: AnInitializer = "orthogonal"
    bias_initializer: AnInitializer = "zeros"
    kernel_regularizer: ARegularizer = None
    recurrent_regularizer: ARegularizer = None
    bias_regularizer: ARegularizer = None
    activity_regularizer: ARegularizer = None
    kernel_constraint: AConstraint = None
    recurrent_constraint: AConstraint = None
    bias_constraint: AConstraint = None
    dropout: Rate = 0.0
    recurrent_dropout: Rate = 0.0
    seed: Seed = None
    return_sequences: bool = False
    return_state: bool = False
    go_backwards: bool = False
    stateful: bool = False
    unroll: bool = False
    reset_after: bool = True
    use_cudnn: UseCudnn = "auto"
