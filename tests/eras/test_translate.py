"""What older constructors and configs say, in today's words."""

import pytest

import denser
from denser import eras
from denser.core.messages import UserError

ROWS = [
    ("1", "Dense", {"output_dim": 4, "init": "zero", "bias": False},
     "Dense", {"units": 4, "kernel_initializer": eras.initial.INITIALIZERS_OF_1["zero"],
               "use_bias": False}),
    (None, "Convolution2D", {"nb_filter": 2, "nb_row": 3, "nb_col": 4, "border_mode": "same",
                             "subsample": (2, 1), "dim_ordering": "th"},
     "Conv2D", {"filters": 2, "kernel_size": (3, 4), "padding": "same", "strides": (2, 1),
                "data_format": "channels_first"}),
    (None, "Convolution1D", {"nb_filter": 2, "filter_length": 3, "subsample_length": 2},
     "Conv1D", {"filters": 2, "kernel_size": 3, "strides": 2}),
    (None, "AtrousConvolution2D", {"nb_filter": 2, "nb_row": 1, "nb_col": 1, "atrous_rate": (2, 2)},
     "Conv2D", {"filters": 2, "kernel_size": (1, 1), "dilation_rate": (2, 2)}),
    (None, "Deconvolution2D", {"nb_filter": 2, "nb_row": 2, "nb_col": 2, "output_shape": (None, 4)},
     "Conv2DTranspose", {"filters": 2, "kernel_size": (2, 2)}),
    (None, "SeparableConvolution2D", {"nb_filter": 2, "nb_row": 2, "nb_col": 2, "init": "ones"},
     "SeparableConv2D", {"filters": 2, "kernel_size": (2, 2), "depthwise_initializer": "ones",
                         "pointwise_initializer": "ones"}),
    (None, "MaxPooling1D", {"pool_length": 2, "stride": 1, "border_mode": "valid"},
     "MaxPooling1D", {"pool_size": 2, "strides": 1, "padding": "valid"}),
    ("2", "LSTM", {"units": 2, "recurrent_activation": "hard_sigmoid", "implementation": 1},
     "LSTM", {"units": 2, "recurrent_activation": "former_hard_sigmoid"}),
    ("1", "LSTM", {"output_dim": 2, "forget_bias_init": "zero", "dropout_U": 0.1},
     "LSTM", {"units": 2, "unit_forget_bias": False, "recurrent_dropout": 0.1,
              "recurrent_activation": "former_hard_sigmoid"}),
    ("1", "GRU", {"output_dim": 2, "inner_activation": "sigmoid"},
     "GRU", {"units": 2, "recurrent_activation": "sigmoid", "reset_after": False}),
    ("3", "GRU", {"units": 2}, "GRU", {"units": 2}),
    ("2", "CuDNNGRU", {"units": 2},
     "GRU", {"units": 2, "activation": "tanh", "recurrent_activation": "sigmoid",
             "reset_after": True}),
    (None, "Dropout", {"p": 0.5}, "Dropout", {"rate": 0.5}),
    (None, "GaussianNoise", {"sigma": 0.5}, "GaussianNoise", {"stddev": 0.5}),
    (None, "LeakyReLU", {"alpha": {"type": "ndarray", "value": 0.5}},
     "LeakyReLU", {"negative_slope": 0.5}),
    (None, "ThresholdedReLU", {"theta": 2.0}, "ReLU", {"threshold": 2.0}),
    (None, "TimeDistributedDense", {"output_dim": 3}, "Dense", {"units": 3}),
    (None, "Embedding", {"input_dim": 9, "output_dim": 2, "input_length": 5, "init": "uniform"},
     "Embedding", {"input_dim": 9, "output_dim": 2, "embeddings_initializer": "uniform",
                   "input_shape": (5,)}),
    (None, "Merge", {"mode": "concat", "concat_axis": 1, "name": "m"},
     "Concatenate", {"name": "m", "axis": 1}),
    (None, "Merge", {"mode": "cos", "dot_axes": [1, 1]}, "Dot", {"axes": 1, "normalize": True}),
    (None, "BatchNormalization", {"mode": 0, "axis": [3], "beta_init": "zeros", "fused": True},
     "BatchNormalization", {"axis": 3, "beta_initializer": "zeros"}),
    ("tf", "DepthwiseConv2D", {"kernel_size": 2, "groups": 1},
     "DepthwiseConv2D", {"kernel_size": 2}),
    ("tf", "MultiHeadAttention", {"num_heads": 2, "key_dim": 3, "query_shape": [None, 4, 5]},
     "MultiHeadAttention", {"num_heads": 2, "key_dim": 3}),
    (None, "UpSampling1D", {"length": 3}, "UpSampling1D", {"size": 3}),
    (None, "Dense", {"units": 2, "dtype": {"class_name": "Policy", "config": {"name": "float16"}}},
     "Dense", {"units": 2, "dtype": "float16"}),
    (None, "MaxNorm", {"m": 2.0, "axis": 0}, "MaxNorm", {"max_value": 2.0, "axis": 0}),
    ("tf", "VarianceScaling", {"scale": 2.0, "mode": "fan_in", "distribution": "normal"},
     "VarianceScaling", {"scale": 2.0, "mode": "fan_in", "distribution": "truncated_normal"}),
    ("1", "Adam", {"lr": 0.1, "decay": 0.0}, "Adam", {"learning_rate": 0.1, "epsilon": 1e-8}),
    ("2", "adadelta", {}, "Adadelta", {"learning_rate": 1.0}),
    ("tf", "Custom>Nadam", {"learning_rate": 0.1, "jit_compile": False, "weight_decay": 0},
     "Nadam", {"learning_rate": 0.1}),
    ("tf", "MeanSquaredError", {"reduction": "auto"},
     "MeanSquaredError", {"reduction": "sum_over_batch_size"}),
]  # fmt: skip


@pytest.mark.parametrize("era, old, arguments, name, todays", ROWS, ids=lambda v: str(v)[:30])
def test_translate(era, old, arguments, name, todays):
    before = dict(arguments)
    assert eras.translate(old, arguments, era) == (name, todays)
    assert arguments == before
    families = ("layers", "optimizers", "constraints", "losses", "initializers")
    places = [getattr(denser, family) for family in families]
    cls = next(getattr(place, name) for place in places if hasattr(place, name))
    cls(**todays)  # takes them


@pytest.mark.parametrize(
    "name, arguments, says",
    [("LSTM", {"units": 2, "time_major": True}, "Put the batch first"),
     ("BatchNormalization", {"mode": 2}, "Modes 1 and 2"),
     ("Merge", {"mode": "func"}, "Write a function as a layer"),
     ("SGD", {"decay": 0.1}, "needs the learning rate")],
)  # fmt: skip
def test_what_cannot_be_said_today(name, arguments, says):
    with pytest.raises(UserError, match=says):
        eras.translate(name, arguments)


def test_decay_is_a_schedule():
    _, found = eras.translate("SGD", {"lr": 0.5, "decay": 0.1}, "2")
    made = denser.optimizers.SGD.from_config(found)
    assert float(made.learning_rate) == 0.5
    assert float(made._learning_rate(10)) == pytest.approx(0.25)
