"""The table of layers: one row for each way of using one, run through `test_layers.py`."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Row:
    """One layer and an input for it.

    Args:
        cls_name: Name of the class, in `denser.layers` and in `keras.layers`.
        kwargs: Its arguments; a function makes them from the module of layers, where arguments
            are layers themselves.
        input_shape: Shape with the batch, or a list of them.
        dtype: Type of the input; integers are drawn below `high`.
        apart: Whether the inputs of a list are arguments of their own.
        training: What to call it with; None leaves it out.
        random: Whether its numbers are drawn, so that they cannot be compared with Keras's.
        unknown: Axes beside the batch whose size may be unknown.
        mixes_rows: Whether an output row depends on other rows even in inference.
        atol: Absolute tolerance of all comparisons.
    """

    cls_name: str
    kwargs: Any = field(default_factory=dict)
    input_shape: Any = (3, 4)
    dtype: str = "float32"
    apart: bool = False
    training: bool | None = None
    random: bool = False
    unknown: tuple[int, ...] = ()
    mixes_rows: bool = False
    high: int = 5
    atol: float = 1e-5

    def __str__(self) -> str:
        told = self.kwargs if isinstance(self.kwargs, dict) else {}
        words = "-".join(f"{key}={value}" for key, value in told.items())
        return f"{self.cls_name}-{words}" if words else self.cls_name


def _spatial(
    name: str, rank: int, sizes: tuple = (6, 5, 4), channels: int = 3, **kwargs: Any
) -> Row:
    """A row for a layer over space, whose sizes there may be unknown."""
    return Row(name, kwargs, (3, *sizes[:rank], channels), unknown=tuple(range(1, rank + 1)))


def _first(name: str, rank: int, **kwargs: Any) -> Row:
    """A row for `channels_first`."""
    kwargs["data_format"] = "channels_first"
    sizes = (6, 5, 4)[:rank]
    return Row(name, kwargs, (3, 2, *sizes), unknown=tuple(range(2, rank + 2)))


DENSE = [
    Row("LayerScale", {"init_values": 0.5, "projection_dim": 5}, (3, 2, 5)),
    Row("CustomScaleLayer", {"scale": 0.5}, [(3, 5), (3, 5)]),
    Row("Dense", {"units": 4, "activation": "relu"}, (3, 5)),
    Row("Dense", {"units": 4, "use_bias": False, "kernel_regularizer": "l2"}, (3, 2, 5)),
]

CONVOLUTIONS = [
    _spatial("Conv1D", 1, filters=4, kernel_size=3, activation="tanh"),
    _spatial("Conv1D", 1, filters=2, kernel_size=2, padding="causal", dilation_rate=2),
    _spatial("Conv1D", 1, filters=2, kernel_size=3, padding="causal", strides=2),
    _spatial("Conv2D", 2, filters=4, kernel_size=3),
    _spatial("Conv2D", 2, filters=2, kernel_size=1, strides=2),
    _spatial("Conv2D", 2, filters=4, kernel_size=(3, 2), strides=(2, 1), padding="SAME"),
    _spatial("Conv2D", 2, filters=4, kernel_size=2, groups=2, channels=4, use_bias=False),
    _spatial("Conv2D", 2, filters=4, kernel_size=2, dilation_rate=(2, 1), padding="same"),
    _first("Conv2D", 2, filters=4, kernel_size=3),
    _spatial("Conv3D", 3, filters=2, kernel_size=2, padding="same", strides=2),
    _first("Conv3D", 3, filters=2, kernel_size=(1, 2, 3)),
    _spatial("Conv1DTranspose", 1, filters=2, kernel_size=3, strides=2),
    _first("Conv1DTranspose", 1, filters=2, kernel_size=2, strides=3, padding="same"),
    _spatial("Conv2DTranspose", 2, filters=2, kernel_size=3, strides=2, padding="same"),
    _spatial("Conv2DTranspose", 2, filters=2, kernel_size=3, strides=2, output_padding=1),
    _spatial("Conv2DTranspose", 2, filters=2, kernel_size=3, dilation_rate=2),
    _first("Conv2DTranspose", 2, filters=2, kernel_size=(3, 2), strides=(1, 2)),
    _spatial("Conv3DTranspose", 3, filters=2, kernel_size=2, strides=2),
    _spatial("DepthwiseConv1D", 1, kernel_size=3, depth_multiplier=2),
    _spatial("DepthwiseConv2D", 2, kernel_size=3, padding="same", strides=2),
    _first("DepthwiseConv2D", 2, kernel_size=2, depth_multiplier=2, dilation_rate=2),
    _spatial("SeparableConv1D", 1, filters=4, kernel_size=3, padding="same"),
    _spatial("SeparableConv2D", 2, filters=4, kernel_size=3, depth_multiplier=2),
    _first("SeparableConv2D", 2, filters=4, kernel_size=2, strides=2, activation="relu"),
]

POOLING = [
    *(
        _spatial(f"{kind}Pooling{rank}D", rank, pool_size=2)
        for kind in ("Max", "Average")
        for rank in (1, 2, 3)
    ),
    *(
        _spatial(f"{kind}Pooling2D", 2, pool_size=(3, 2), strides=(2, 1), padding="same")
        for kind in ("Max", "Average")
    ),
    *(_first(f"{kind}Pooling2D", 2, pool_size=2) for kind in ("Max", "Average")),
    *(
        _spatial(f"Global{kind}Pooling{rank}D", rank)
        for kind in ("Max", "Average")
        for rank in (1, 2, 3)
    ),
    *(_first(f"Global{kind}Pooling2D", 2, keepdims=True) for kind in ("Max", "Average")),
    _spatial("AdaptiveMaxPooling1D", 1, output_size=4),
    _first("AdaptiveMaxPooling2D", 2, output_size=(2, 1)),
    _spatial("AdaptiveMaxPooling3D", 3, (3, 2, 2), output_size=(2, 1, 1)),
    _spatial("AdaptiveAveragePooling1D", 1, output_size=4),
    _spatial("AdaptiveAveragePooling2D", 2, output_size=(2, 3)),
    _first("AdaptiveAveragePooling3D", 3, output_size=(4, 1, 2)),
]

RESHAPING = [
    Row("Flatten", {}, (3, 2, 4), unknown=(1,)),
    Row("Flatten", {}, (3,)),
    Row("Flatten", {"data_format": "channels_first"}, (3, 2, 4, 5)),
    Row("Reshape", {"target_shape": (3, 4)}, (3, 2, 6), unknown=(1, 2)),
    Row("Reshape", {"target_shape": (-1, 11)}, (3, 2, 11), unknown=(1, 2)),
    Row("Permute", {"dims": (3, 1, 2)}, (3, 2, 4, 5), unknown=(1,)),
    Row("RepeatVector", {"n": 3}, (3, 4)),
    _spatial("ZeroPadding1D", 1, padding=(1, 2)),
    _spatial("ZeroPadding2D", 2, padding=(1, (2, 0))),
    _first("ZeroPadding2D", 2, padding=2),
    _spatial("ZeroPadding3D", 3),
    _spatial("Cropping1D", 1, cropping=2),
    _spatial("Cropping2D", 2, cropping=((1, 2), (0, 1))),
    _first("Cropping2D", 2, cropping=1),
    _spatial("Cropping3D", 3),
    _spatial("UpSampling1D", 1, size=3),
    _spatial("UpSampling2D", 2, size=(2, 3)),
    _spatial("UpSampling2D", 2, interpolation="bilinear"),
    _first("UpSampling2D", 2, interpolation="bicubic"),
    _spatial("UpSampling3D", 3),
]

MERGING = [
    *(
        Row(name, {}, [(3, 4, 2), (3, 1, 2), (3, 2)], unknown=(1,))
        for name in ("Add", "Multiply", "Average", "Maximum", "Minimum")
    ),
    Row("Subtract", {}, [(3, 4), (3, 4)]),
    Row("Concatenate", {}, [(3, 4, 2), (3, 4, 3)], unknown=(1,)),
    Row("Concatenate", {"axis": 1}, [(3, 4, 2), (3, 1, 2)], unknown=(1,)),
    Row("Dot", {"axes": (2, 1)}, [(3, 4, 2), (3, 2, 5)], unknown=(1,)),
    Row("Dot", {"axes": 1, "normalize": True}, [(3, 4), (3, 4)]),
    Row("Dot", {"axes": -1}, [(3, 4, 2), (3, 2)], unknown=(1,)),
]

ACTIVATIONS = [
    Row("Activation", {"activation": "relu"}),
    Row("ReLU", {"max_value": 1.0, "negative_slope": 0.1, "threshold": 0.2}),
    Row("LeakyReLU", {"negative_slope": 0.2}),
    Row("PReLU", {"shared_axes": [1]}, (3, 4, 2), unknown=(1,)),
    Row("PReLU", {"alpha_initializer": "ones"}),
    Row("ELU", {"alpha": 0.7}),
    Row("Softmax", {}, (3, 4, 2), unknown=(1,)),
    Row("Softmax", {"axis": [1, 2]}, (3, 4, 2), unknown=(1,)),
]

NORMALIZATION = [
    *(
        Row("BatchNormalization", {**kwargs, "momentum": 0.8}, (3, 4, 2), unknown=(1,), **how)
        for kwargs in ({}, {"renorm": True, "renorm_clipping": {"rmax": 1.2, "dmax": 0.3}})
        for how in ({}, {"training": True, "mixes_rows": True})
    ),
    Row("BatchNormalization", {"axis": 1, "scale": False}, (3, 4, 2), unknown=(2,)),
    Row("BatchNormalization", {"axis": 1, "center": False}, (3, 4, 2), training=True),
    Row("LayerNormalization", {}, (3, 4, 2), unknown=(1,)),
    Row("LayerNormalization", {"axis": [1, 2], "scale": False}, (3, 4, 2)),
    Row("GroupNormalization", {"groups": 2}, (3, 4, 6), unknown=(1,)),
    Row("GroupNormalization", {"groups": 2, "axis": 1, "center": False}, (3, 4, 3), unknown=(2,)),
    Row("RMSNormalization", {}, (3, 4, 2), unknown=(1,)),
    Row("UnitNormalization", {"axis": 1}, (3, 4, 2), unknown=(2,)),
]

NOISE = [
    Row(name, {**kwargs, "seed": 7}, shape, training=training, random=bool(training))
    for training in (None, True)
    for name, kwargs, shape in (
        ("Dropout", {"rate": 0.5, "noise_shape": (None, 1, 2)}, (3, 4, 2)),
        ("SpatialDropout1D", {"rate": 0.5}, (3, 4, 2)),
        ("SpatialDropout2D", {"rate": 0.5, "data_format": "channels_first"}, (3, 4, 2, 2)),
        ("SpatialDropout3D", {"rate": 0.5}, (3, 4, 2, 2, 2)),
        ("GaussianNoise", {"stddev": 0.5}, (3, 4)),
        ("GaussianDropout", {"rate": 0.5}, (3, 4)),
        ("AlphaDropout", {"rate": 0.5}, (3, 4)),
    )
]

RECURRENT = [
    *(Row(name, {"units": 3}, (3, 5, 2), unknown=(1,)) for name in ("SimpleRNN", "LSTM", "GRU")),
    Row("SimpleRNN", {"units": 3, "activation": "relu", "return_sequences": True}, (3, 5, 2)),
    Row("LSTM", {"units": 3, "return_state": True, "unroll": True}, (3, 5, 2)),
    Row("LSTM", {"units": 3, "recurrent_activation": "hard_sigmoid"}, (3, 5, 2)),
    Row("LSTM", {"units": 3, "use_bias": False, "go_backwards": True}, (3, 5, 2), unknown=(1,)),
    Row("GRU", {"units": 3, "reset_after": False, "return_sequences": True}, (3, 5, 2)),
    Row("LSTM", {"units": 3, "dropout": 0.5}, (3, 5, 2), training=True, random=True),
    Row("GRU", {"units": 3, "recurrent_dropout": 0.5}, (3, 5, 2), training=True, random=True),
    Row(
        "RNN",
        lambda layers: {"cell": layers.GRUCell(3, name="cell"), "return_sequences": True},
        (3, 5, 2),
        unknown=(1,),
    ),
    Row(
        "RNN",
        lambda layers: {
            "cell": layers.StackedRNNCells(
                [layers.LSTMCell(3, name="a"), layers.SimpleRNNCell(2, name="b")], name="cells"
            ),
            "return_state": True,
            "go_backwards": True,
        },
        (3, 5, 2),
    ),
]

WRAPPERS = [
    *(
        Row(
            "Bidirectional",
            lambda layers, mode=mode: {"layer": layers.LSTM(3, name="one"), "merge_mode": mode},
            (3, 5, 2),
            unknown=(1,),
        )
        for mode in ("concat", "sum", "ave", "mul", None)
    ),
    Row(
        "Bidirectional",
        lambda layers: {
            "layer": layers.GRU(3, return_sequences=True, return_state=True, name="one"),
        },
        (3, 5, 2),
        unknown=(1,),
    ),
    Row(
        "Bidirectional",
        lambda layers: {
            "layer": layers.SimpleRNN(3, name="one"),
            "backward_layer": layers.LSTM(2, go_backwards=True, name="two"),
        },
        (3, 5, 2),
    ),
    *(
        Row(
            "SpectralNormalization",
            lambda layers: {"layer": layers.Dense(3, name="one"), "power_iterations": 2},
            (3, 5),
            training=training,
        )
        for training in (None, True)
    ),
    Row(
        "SpectralNormalization",
        lambda layers: {"layer": layers.Conv1D(2, 3, name="one")},
        (3, 5, 2),
        training=True,
    ),
    Row(
        "TimeDistributed",
        lambda layers: {"layer": layers.Dense(3, name="one")},
        (3, 5, 2),
        unknown=(1,),
    ),
    Row(
        "TimeDistributed",
        lambda layers: {"layer": layers.Conv1D(2, 3, name="one")},
        (3, 2, 5, 2),
        unknown=(1, 2),
    ),
]

CONV_LSTM = [
    Row("ConvLSTM1D", {"filters": 2, "kernel_size": 2}, (2, 3, 4, 2), unknown=(1, 2)),
    Row("ConvLSTM1D", {"filters": 2, "kernel_size": 2, "dropout": 0.5}, (2, 3, 4, 2),
        training=True, random=True),
    Row("ConvLSTM1D", {"filters": 2, "kernel_size": 2, "recurrent_dropout": 0.5}, (2, 3, 4, 2),
        training=True, random=True),
    Row("ConvLSTM2D", {"filters": 2, "kernel_size": 3, "strides": 2, "padding": "same",
        "return_sequences": True, "return_state": True}, (2, 3, 4, 5, 2), unknown=(1, 2, 3)),
    Row("ConvLSTM2D", {"filters": 2, "kernel_size": (2, 1), "dilation_rate": 2, "use_bias": False,
        "data_format": "channels_first", "go_backwards": True}, (2, 3, 2, 4, 5)),
    Row("ConvLSTM3D", {"filters": 1, "kernel_size": 2, "recurrent_activation": "hard_sigmoid",
        "unit_forget_bias": False}, (2, 2, 3, 3, 3, 2)),
]  # fmt: skip

ATTENTION = [
    *(
        Row(name, kwargs, shapes, unknown=(1,))
        for name, kwargs, shapes in (
            ("Attention", {}, [(3, 4, 5), (3, 6, 5)]),
            ("Attention", {"use_scale": True}, [(3, 4, 5), (3, 6, 2), (3, 6, 5)]),
            ("Attention", {"use_scale": True, "score_mode": "concat"}, [(3, 4, 5), (3, 6, 5)]),
            ("AdditiveAttention", {}, [(3, 4, 5), (3, 6, 5)]),
            ("AdditiveAttention", {"use_scale": False}, [(3, 4, 5), (3, 6, 2), (3, 6, 5)]),
        )
    ),
    Row("Attention", {"dropout": 0.5}, [(3, 4, 5), (3, 6, 5)], training=True, random=True),
    Row("AdditiveAttention", {"dropout": 0.5}, [(3, 4, 5)] * 3, training=True, random=True),
    *(
        Row("MultiHeadAttention", kwargs, shapes, apart=True, unknown=(1,))
        for kwargs, shapes in (
            ({"num_heads": 2, "key_dim": 3}, [(3, 4, 5), (3, 6, 7)]),
            ({"num_heads": 2, "key_dim": 3, "use_gate": True}, [(3, 4, 5), (3, 6, 7), (3, 6, 2)]),
            (
                {"num_heads": 1, "key_dim": 2, "output_shape": (2, 3), "sliding_window": 2},
                [(3, 4, 5), (3, 4, 5)],
            ),
        )
    ),
    Row(
        "MultiHeadAttention",
        {"num_heads": 2, "key_dim": 3, "attention_axes": (2,), "value_dim": 4, "use_bias": False},
        [(3, 2, 4, 5), (3, 2, 6, 5)],
        apart=True,
        unknown=(1,),
    ),
    Row(
        "MultiHeadAttention",
        {"num_heads": 2, "key_dim": 3, "attention_axes": (1, 2)},
        [(3, 2, 4, 5), (3, 3, 2, 5)],
        apart=True,
    ),
    Row(
        "MultiHeadAttention",
        {"num_heads": 2, "key_dim": 3, "dropout": 0.5},
        [(3, 4, 5), (3, 6, 7)],
        apart=True,
        training=True,
        random=True,
    ),
    Row(
        "GroupQueryAttention",
        {"head_dim": 3, "num_query_heads": 4, "num_key_value_heads": 2},
        [(3, 4, 5), (3, 6, 5)],
        apart=True,
        unknown=(1,),
    ),
    Row(
        "GroupQueryAttention",
        {"head_dim": 3, "num_query_heads": 2, "num_key_value_heads": 1, "use_gate": True},
        [(3, 4, 5), (3, 4, 5)],
        apart=True,
    ),
]

EINSUM = [
    Row("EinsumDense", {"equation": "ab,bc->ac", "output_shape": 4, "bias_axes": "c"}, (3, 5)),
    *(
        Row("EinsumDense", {"equation": equation, "output_shape": sizes, "bias_axes": axes}, shape)
        for equation, sizes, axes, shape in (
            ("abc,cde->abde", (None, 2, 4), "de", (3, 2, 5)),
            ("abde,dec->abc", (None, 4), "c", (3, 2, 4, 2)),
            ("abc,bcd->abd", (2, 4), "bd", (3, 2, 5)),
            ("abc,cd->adb", (4, None), "d", (3, 2, 5)),
            ("...ab,bc->...ac", (None, 4), None, (3, 2, 2, 5)),
            ("ab...,bc->ac...", 4, "c", (3, 5, 2, 2)),
        )
    ),
]

OTHERS = [
    Row("Embedding", {"input_dim": 5, "output_dim": 3}, (3, 4), "int32", unknown=(1,)),
    Row("Embedding", {"input_dim": 5, "output_dim": 3, "mask_zero": True}, (3,), "int32"),
    Row(
        "ReversibleEmbedding",
        {"input_dim": 5, "output_dim": 3, "tie_weights": False},
        (3, 4),
        "int32",
        unknown=(1,),
    ),
    Row("ReversibleEmbedding", {"input_dim": 5, "output_dim": 3, "mask_zero": True}, (3,), "int32"),
    Row("Masking", {"mask_value": 1.0}, (3, 4, 2), unknown=(1,)),
    Row("Identity"),
    Row("ActivityRegularization", {"l1": 0.1, "l2": 0.2}),
]

ROWS = [*DENSE, *CONVOLUTIONS, *POOLING, *RESHAPING, *MERGING]
ROWS += [
    *ACTIVATIONS,
    *NORMALIZATION,
    *NOISE,
    *RECURRENT,
    *WRAPPERS,
    *CONV_LSTM,
    *ATTENTION,
    *EINSUM,
    *OTHERS,
]
