"""Names of classes and functions that are called otherwise today, or are no more."""

# The eras: Keras 1.x, Keras 2.x, tf.keras 2.x, Keras 3.
ERAS = ("1", "2", "tf", "3")

_RANKS = ("1D", "2D", "3D")
CLASSES = {
    **{f"Convolution{rank}": f"Conv{rank}" for rank in _RANKS},
    **{f"AtrousConvolution{rank}": f"Conv{rank}" for rank in _RANKS[:2]},
    **{f"AtrousConv{rank}": f"Conv{rank}" for rank in _RANKS[:2]},
    **{f"Deconvolution{rank}": f"Conv{rank}Transpose" for rank in _RANKS[1:]},
    **{f"Deconv{rank}": f"Conv{rank}Transpose" for rank in _RANKS[1:]},
    **{f"Convolution{rank}Transpose": f"Conv{rank}Transpose" for rank in _RANKS},
    **{f"SeparableConvolution{rank}": f"SeparableConv{rank}" for rank in _RANKS[:2]},
    "DepthwiseConvolution2D": "DepthwiseConv2D",
    **{f"MaxPool{rank}": f"MaxPooling{rank}" for rank in _RANKS},
    **{f"AvgPool{rank}": f"AveragePooling{rank}" for rank in _RANKS},
    "TimeDistributedDense": "Dense",
    "CuDNNLSTM": "LSTM",
    "CuDNNGRU": "GRU",
    "ThresholdedReLU": "ReLU",
    "BatchNormalizationV1": "BatchNormalization",
    "BatchNormalizationV2": "BatchNormalization",
    "SyncBatchNormalization": "BatchNormalization",
    "LSTMV1": "LSTM",
    "LSTMV2": "LSTM",
    "GRUV1": "GRU",
    "GRUV2": "GRU",
    "DropoutV1": "Dropout",
    # Networks
    "Model": "Functional",
    "Container": "Functional",
    "Network": "Functional",
    # Regularizers and constraints
    "L1L2Regularizer": "L1L2",
    "WeightRegularizer": "L1L2",
    "ActivityRegularizer": "L1L2",
    "NonNegativeConstraint": "NonNeg",
    # Initializers of tf.keras 1
    "GlorotUniformV2": "GlorotUniform",
    "GlorotNormalV2": "GlorotNormal",
    "RandomUniformV1": "RandomUniform",
    "RandomNormalV1": "RandomNormal",
    "TruncatedNormalV1": "TruncatedNormal",
    "VarianceScalingV1": "VarianceScaling",
    "OrthogonalV1": "Orthogonal",
    "IdentityV1": "Identity",
    "ConstantV1": "Constant",
    "ZerosV1": "Zeros",
    "OnesV1": "Ones",
}

# Classes that have no successor, and what to do.
GONE = {
    "MaxoutDense": "Write Dense(units * pieces), Reshape((pieces, units)) and the maximum over "
    "the pieces.",
    "Highway": "Write it as a layer of two Dense: t * h(x) + (1 - t) * x.",
    "LocallyConnected1D": "Write it as a layer with one kernel for each place.",
    "LocallyConnected2D": "Write it as a layer with one kernel for each place.",
    "SReLU": "Use PReLU.",
    "ParametricSoftplus": "Write alpha * softplus(beta * x) as a layer.",
    "Graph": "Keras 0's Graph model is built anew as a Functional model.",
    "DenseFeatures": "Feature columns are replaced by denser.utils.FeatureSpace.",
    "RandomHeight": "Use RandomZoom.",
    "RandomWidth": "Use RandomZoom.",
    "TensorFlowOpLayer": "It holds a piece of a TensorFlow graph; build the model anew in code.",
    "ModuleWrapper": "It holds a Python object; build the model anew in code.",
    "TFOptimizer": "It is an optimizer of TensorFlow's; compile the model again.",
}

# Functions: activations, losses, metrics.
FUNCTIONS = {
    "cosine_proximity": "cosine_similarity",
    "cosine": "cosine_similarity",
    "kullback_leibler_divergence": "kl_divergence",
    "logcosh": "log_cosh",
    "softmax_v2": "softmax",
    "leaky_relu_v2": "leaky_relu",
}


def era_of_version(version: str | None) -> str:
    """The era of a `keras_version` in a file; the first files have none.

    Example:
        >>> [era_of_version(v) for v in (None, "1.2.2", "2.1.6", "2.2.4-tf", "2.12.0", "3.3.3")]
        ['1', '1', '2', 'tf', 'tf', '3']
    """
    first, *rest = str(version or "1").split(".")
    if first != "2":
        return first if first in ERAS else "1" if first == "0" else "3"
    minor = int(rest[0]) if rest and rest[0].isdigit() else 0
    return "tf" if "tf" in str(version) or minor > 3 else "2"


def function_name(name: str, era: str | None = None) -> str:
    """Today's name of an activation, loss or metric; an activation whose definition changed gets
    the name under which the former one is kept."""
    if name == "hard_sigmoid" and era in ("1", "2", "tf"):
        return "former_hard_sigmoid"
    return FUNCTIONS.get(name, name)
