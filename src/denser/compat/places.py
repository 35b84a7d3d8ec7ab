"""Places: what stands at each older module path: tables from old paths and names to today's.

A place hands on the public names of today's modules (`sources`, in the order in which they are
asked) and names of its own that changed since (`old`: name to `module:attribute`).
"""

from typing import NamedTuple


class Place(NamedTuple):
    """One module path: where its names come from, and which are old."""

    sources: tuple[str, ...]
    old: dict[str, str] = {}
    today: str = ""  # the module path of today, where this one is no longer


_CONVOLUTIONS = {
    "AtrousConvolution1D": "layers:Conv1D",
    "AtrousConvolution2D": "layers:Conv2D",
    "AtrousConv1D": "layers:Conv1D",
    "AtrousConv2D": "layers:Conv2D",
    "Deconvolution2D": "layers:Conv2DTranspose",
    "Deconvolution3D": "layers:Conv3DTranspose",
    "Deconv2D": "layers:Conv2DTranspose",
    "Deconv3D": "layers:Conv3DTranspose",
    "SeparableConv": "layers:SeparableConv2D",
}
_LAYERS = {
    **_CONVOLUTIONS,
    "TimeDistributedDense": "layers:Dense",
    "TimeDistributedMerge": "compat.keras.layers:TimeDistributedMerge",
    "BatchNormalizationV1": "layers:BatchNormalization",
    "BatchNormalizationV2": "layers:BatchNormalization",
    "SyncBatchNormalization": "layers:BatchNormalization",
    "Recurrent": "layers:RNN",
    "_Merge": "compat.keras.merging:MergingLayer",
    "PreprocessingLayer": "layers:Layer",
    "RandomRotate": "layers:RandomRotation",
    "Sequential": "models:Sequential",
    "Model": "models:Model",
    "Wrapper": "layers:Wrapper",
    "AbstractRNNCell": "layers:Layer",
}
_LOSSES = {
    name: f"losses:{today}"
    for today, names in {
        "mean_squared_error": ("mse", "MSE"),
        "mean_absolute_error": ("mae", "MAE"),
        "mean_absolute_percentage_error": ("mape", "MAPE"),
        "mean_squared_logarithmic_error": ("msle", "MSLE"),
        "kl_divergence": ("kld", "KLD", "kullback_leibler_divergence"),
        "cosine_similarity": ("cosine", "cosine_proximity"),
        "log_cosh": ("logcosh",),
        "huber": ("huber_loss",),
    }.items()
    for name in names
}
_LOSSES["Reduction"] = "compat.keras.measures:Reduction"
_METRICS = {
    **_LOSSES,
    "precision": "compat.keras.measures:precision",
    "recall": "compat.keras.measures:recall",
    "fbeta_score": "compat.keras.measures:fbeta_score",
    "fmeasure": "compat.keras.measures:fmeasure",
    "matthews_correlation": "compat.keras.measures:matthews_correlation",
}
_OPTIMIZERS = {
    "sgd": "optimizers:SGD",
    "rmsprop": "optimizers:RMSprop",
    "adagrad": "optimizers:Adagrad",
    "adadelta": "optimizers:Adadelta",
    "adam": "optimizers:Adam",
    "adamax": "optimizers:Adamax",
    "nadam": "optimizers:Nadam",
    "ftrl": "optimizers:Ftrl",
}
_REGULARIZERS = {
    "l1l2": "compat.keras.functions:l1l2",
    "L1L2Regularizer": "regularizers:L1L2",
    "WeightRegularizer": "regularizers:L1L2",
    "EigenvalueRegularizer": "compat.keras.penalties:EigenvalueRegularizer",
    "ActivityRegularizer": "regularizers:L1L2",
    "activity_l1": "regularizers:L1",
    "activity_l2": "regularizers:L2",
    "activity_l1l2": "compat.keras.functions:l1l2",
}
_CONSTRAINTS = {
    "maxnorm": "constraints:MaxNorm",
    "nonneg": "constraints:NonNeg",
    "unitnorm": "constraints:UnitNorm",
    "unit_norm": "constraints:UnitNorm",
    "max_norm": "constraints:MaxNorm",
    "non_neg": "constraints:NonNeg",
    "min_max_norm": "constraints:MinMaxNorm",
    "radial_constraint": "compat.keras.functions:radial_constraint",
}
_MODELS = {
    "slice_X": "compat.keras.functions:slice_arrays",
    "slice_arrays": "compat.keras.functions:slice_arrays",
    "Graph": "compat.keras.graph:Graph",
    "model_from_yaml": "compat.keras.functions:model_from_yaml",
    "model_from_config": "compat.keras.functions:model_from_config",
    "load_model": "compat.keras.files:load_model",
    "save_model": "compat.keras.files:save_model",
    "load_weights": "saving:load_weights",
    "Layer": "layers:Layer",
    "Input": "layers:Input",
    "Lambda": "layers:Lambda",
    "Container": "models:Functional",
    "Network": "models:Functional",
    "save_weights": "saving:save_weights",
}
_ENGINE = {
    **_LAYERS,
    "Container": "models:Functional",
    "Network": "models:Functional",
    "InputSpec": "layers:InputSpec",
    "Node": "core.graph:Node",
    "get_source_inputs": "utils:get_source_inputs",
    "Layer": "layers:Layer",
    "slice_X": "compat.keras.functions:slice_arrays",
    "slice_arrays": "compat.keras.functions:slice_arrays",
}
_CALLBACKS = {"BaseLogger": "callbacks:Callback"}
_UTILS = {
    "get_file": "compat.keras.functions:get_file",
    "probas_to_classes": "compat.keras.functions:probas_to_classes",
    "categorical_probas_to_classes": "compat.keras.functions:probas_to_classes",
    "convert_kernel": "compat.keras.functions:convert_kernel",
    "convert_all_kernels_in_model": "compat.keras.functions:convert_all_kernels_in_model",
    "HDF5Matrix": "compat.keras.functions:HDF5Matrix",
    "multi_gpu_model": "compat.keras.functions:multi_gpu_model",
    "print_summary": "compat.keras.functions:print_summary",
    "print_layer_shapes": "compat.keras.functions:print_layer_shapes",
    "count_params": "compat.keras.functions:count_params",
    "plot": "compat.keras.functions:plot",
    "to_graph": "utils:model_to_dot",
    "OrderedEnqueuer": "compat.keras.functions:OrderedEnqueuer",
    "GeneratorEnqueuer": "compat.keras.functions:OrderedEnqueuer",
    "SequenceEnqueuer": "compat.keras.functions:OrderedEnqueuer",
    "ask_to_proceed_with_overwrite": "compat.keras.functions:ask_to_proceed_with_overwrite",
    "get_from_module": "utils:get_registered_object",
    "conv_output_length": "compat.keras.functions:conv_output_length",
    "normalize_tuple": "compat.keras.functions:normalize_tuple",
    "get_test_data": "compat.keras.functions:get_test_data",
    "validate_file": "compat.keras.functions:validate_file",
    "plot_model": "compat.keras.functions:plot_model",
    "model_to_dot": "compat.keras.functions:model_to_dot",
}

_LAYER_PLACE = Place(("layers", "compat.keras.layers"), _LAYERS, "layers")
_UTILS_PLACE = Place(("utils",), _UTILS, "utils")
_ENGINE_PLACE = Place(("layers", "models", "utils", "compat.keras.layers"), _ENGINE, "layers")
_OPTIMIZER_PLACE = Place(("optimizers", "optimizers.schedules"), _OPTIMIZERS, "optimizers")
_METRICS_PLACE = Place(("metrics", "losses"), _METRICS)
_CALLBACKS_PLACE = Place(("callbacks",), _CALLBACKS, "callbacks")
_GPUS = {"_get_available_gpus": "compat.keras.functions:available_gpus"}
_BACKEND_PLACE = Place(("compat.keras.backend", "backend"), _GPUS, "ops")
_IMAGE = Place(("compat.keras.preprocessing.image", "preprocessing.image"))
_SEQUENCE = Place(("compat.keras.preprocessing.sequence",))
_TEXT = Place(("compat.keras.preprocessing.text",))
_PREPROCESSING = Place(("preprocessing", "compat.keras.preprocessing"))


def _under(folder: str, names: str, place: Place) -> dict[str, Place]:
    return {f"{folder}.{name}": place for name in names.split()}


PLACES: dict[str, Place] = {
    "": Place(("",), {"Container": "models:Functional"}),
    "layers": Place(_LAYER_PLACE.sources, _LAYERS),
    **_under(
        "layers",
        "core convolutional pooling local recurrent embeddings merge noise normalization wrappers "
        "advanced_activations convolutional_recurrent cudnn_recurrent containers "
        "recurrent_convolutional experimental experimental.preprocessing preprocessing "
        "preprocessing.image_preprocessing preprocessing.text_vectorization dense_attention "
        "kernelized rnn activation attention regularization reshaping merging additional_layers "
        "recurrent_v2 normalization_v2 rnn_cell_wrapper_v2 normalization.batch_normalization "
        "embeddings_v2 extra convolutional_transpose core.dense core.embedding",
        _LAYER_PLACE,
    ),
    "legacy": Place(("legacy",)),
    **_under("legacy", "layers models interfaces", _ENGINE_PLACE),
    "engine": _ENGINE_PLACE,
    **_under(
        "engine",
        "topology training network sequential base_layer input_layer input_spec functional "
        "training_utils training_v1 data_adapter keras_tensor node container",
        _ENGINE_PLACE,
    ),
    "models": Place(("models",), _MODELS),
    **_under("models", "sequential model functional", Place(("models",), _MODELS, "models")),
    "losses": Place(("losses",), _LOSSES),
    "objectives": Place(("losses",), _LOSSES, "losses"),
    "metrics": _METRICS_PLACE,
    "optimizers": Place(("optimizers",), _OPTIMIZERS),
    "optimizers.schedules": Place(("optimizers.schedules",)),
    **_under(
        "optimizers",
        "legacy experimental optimizer_v2 optimizer_v1 optimizer",
        _OPTIMIZER_PLACE,
    ),
    "optimizer_v2": _OPTIMIZER_PLACE,
    **_under(
        "optimizer_v2",
        "adam gradient_descent rmsprop adagrad adadelta adamax nadam ftrl optimizer_v2 "
        "learning_rate_schedule",
        _OPTIMIZER_PLACE,
    ),
    "optimizer_v1": _OPTIMIZER_PLACE,
    "experimental": Place(("optimizers.schedules", "compat.keras.layers")),
    "regularizers": Place(("regularizers",), _REGULARIZERS),
    "constraints": Place(("constraints",), _CONSTRAINTS),
    "initializers": Place(("initializers", "compat.keras.initializations")),
    "initializations": Place(("compat.keras.initializations", "initializers"), {}, "initializers"),
    "activations": Place(("activations",)),
    "callbacks": Place(("callbacks",), _CALLBACKS),
    **_under("callbacks", "callbacks experimental tensorboard_v1", _CALLBACKS_PLACE),
    "backend": Place(("compat.keras.backend", "backend")),
    **_under("backend", "tensorflow_backend theano_backend common", _BACKEND_PLACE),
    "datasets": Place(("datasets",)),
    "datasets.imdb": Place(
        ("datasets.imdb",), {"load_data": "compat.keras.datasets:imdb_load_data"}
    ),
    "datasets.reuters": Place(
        ("datasets.reuters",), {"load_data": "compat.keras.datasets:reuters_load_data"}
    ),
    **{
        f"datasets.{name}": Place((f"datasets.{name}",))
        for name in "mnist cifar10 cifar100 fashion_mnist boston_housing california_housing".split()
    },
    "utils": Place(_UTILS_PLACE.sources, _UTILS),
    **_under(
        "utils",
        "np_utils vis_utils generic_utils layer_utils data_utils io_utils training_utils "
        "conv_utils test_utils visualize_util multi_gpu_utils tf_utils losses_utils metrics_utils "
        "dataset_utils image_utils all_utils experimental theano_utils image_dataset_utils "
        "object_identity vis_util text_dataset timeseries_dataset numerical_utils",
        _UTILS_PLACE,
    ),
    "preprocessing": _PREPROCESSING,
    "preprocessing.image": _IMAGE,
    "preprocessing.sequence": _SEQUENCE,
    "preprocessing.text": _TEXT,
    "preprocessing.text_dataset": _PREPROCESSING,
    "legacy.preprocessing": _PREPROCESSING,
    "legacy.preprocessing.image": _IMAGE,
    "legacy.preprocessing.sequence": _SEQUENCE,
    "legacy.preprocessing.text": _TEXT,
    "preprocessing.image_dataset": _PREPROCESSING,
    "preprocessing.timeseries": _PREPROCESSING,
    "wrappers": Place(("compat.keras.wrappers",)),
    "wrappers.scikit_learn": Place(("compat.keras.wrappers",), {}, "wrappers"),
    "mixed_precision": Place(
        ("mixed_precision",),
        {"Policy": "denser:DTypePolicy", "set_policy": "mixed_precision:set_global_policy"},
    ),
    "mixed_precision.experimental": Place(
        ("mixed_precision", "optimizers"),
        {
            "Policy": "denser:DTypePolicy",
            "set_policy": "mixed_precision:set_global_policy",
            "LossScaleOptimizer": "optimizers:LossScaleOptimizer",
        },
        "mixed_precision",
    ),
    "saving": Place(("saving",), {"load_model": "compat.keras.files:load_model"}),
    **_under(
        "saving",
        "object_registration legacy saved_model save hdf5_format saving_api",
        Place(("saving", "models"), {}, "saving"),
    ),
    "estimator": Place(("compat.keras.functions",)),
    "applications": Place(("applications",)),
    **{
        f"applications.{old}": Place((f"applications.{old}", f"applications.{today}"))
        for old, today in {
            "vgg16": "vgg16", "vgg19": "vgg19", "resnet50": "resnet50", "resnet": "resnet",
            "resnet_v2": "resnet_v2", "resnet101": "resnet", "inception_v3": "inception_v3",
            "inception_resnet_v2": "inception_resnet_v2", "xception": "xception",
            "mobilenet": "mobilenet", "mobilenet_v2": "mobilenet_v2",
            "mobilenet_v3": "mobilenet_v3", "mobilenetv2": "mobilenet_v2", "nasnet": "nasnet",
            "densenet": "densenet", "efficientnet": "efficientnet",
            "efficientnet_v2": "efficientnet_v2", "convnext": "convnext",
            "imagenet_utils": "imagenet_utils",
        }.items()
    },
}  # fmt: skip

# Names that have no meaning left: importing them is no harm, using them says why.
GONE: dict[str, str] = {
    "AutoEncoder": "AutoEncoder was removed in Keras 1.0: build encoder and decoder as models and "
    "train Sequential([encoder, decoder]).",
    "Siamese": "Siamese was removed in Keras 1.0: call one layer on two Inputs.",
    "LambdaMerge": "LambdaMerge was removed in Keras 1.0: call Lambda(function) on a list.",
    "DenseFeatures": "DenseFeatures read TensorFlow's feature columns; use utils.FeatureSpace.",
    "model_to_estimator": "Estimators are gone: train with model.fit.",
    "TFOptimizer": "TFOptimizer wrapped TensorFlow's own optimizers; use optimizers.Adam(...).",
    "tensorflow_backend": "there is one engine here; keras.backend has its functions.",
    "RandomHeight": "RandomHeight was removed; use RandomZoom(height_factor, width_factor=0).",
    "RandomWidth": "RandomWidth was removed; use RandomZoom(0, width_factor).",
    "CategoryCrossing": "CategoryCrossing was removed; use HashedCrossing.",
    "RandomFourierFeatures": "RandomFourierFeatures was removed; write Lambda over ops.cos.",
    "LinearModel": "LinearModel was removed; use Sequential([Dense(units)]).",
    "WideDeepModel": "WideDeepModel was removed; add the outputs of two models.",
}

# Packages that scripts import beside Keras and that run only on TensorFlow.
NEIGHBOURS: dict[str, str] = {
    "tensorflow_datasets": "load the data with denser.datasets, or from files with "
    "utils.image_dataset_from_directory and its like",
    "tensorflow_hub": "use a network of denser.applications",
    "tensorflow_addons": "its optimizers and losses are in denser.optimizers and denser.losses",
    "tensorflow_probability": "write the distribution with denser.ops and denser.random",
    "tensorflow_text": "use layers.TextVectorization",
    "theano": "the functions of keras.backend run on every engine",
    "cntk": "the functions of keras.backend run on every engine",
    "keras_tuner": "see denser.improve",
    "kerastuner": "see denser.improve",
    "keras_cv": "see denser.layers and denser.applications",
    "keras_nlp": "see denser.layers",
    "keras_hub": "see denser.applications",
    "keras_contrib": "its layers have equals in denser.layers",
}
