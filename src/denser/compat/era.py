"""Era: which Keras a script was written for, told by what it imports and the words it uses."""

import ast
from collections.abc import Iterator
from typing import Any

from ..core.messages import UserError

ERAS = {"1": "1.2.2", "2": "2.3.1", "tf": "2.15.0", "3": "3.12.0"}  # and what their version was

# Names of arguments, methods and modules that one era alone has.
_ARGUMENTS_OF_1 = frozenset(
    "nb_epoch nb_filter nb_row nb_col border_mode subsample dim_ordering W_regularizer "
    "b_regularizer W_constraint b_constraint inner_activation inner_init show_accuracy class_mode "
    "samples_per_epoch nb_val_samples nb_worker pool_length filter_length subsample_length "
    "nb_words concat_axis dot_axes forget_bias_init dropout_W dropout_U stride "
    "atrous_rate init nb_feature nb_class".split()
)
# Arguments that only older forms of one class or method have.
_CALLS_OF_1 = {
    **dict.fromkeys(("Dense", "LSTM", "GRU", "SimpleRNN"), {"output_dim"}),
    "Dropout": {"p"},
    "GaussianNoise": {"sigma"},
    "Model": {"input", "output"},
    "BatchNormalization": {"mode"},
}
_MODULES_OF_1 = frozenset(
    "keras.objectives keras.initializations keras.utils.visualize_util "
    "keras.layers.containers".split()
)
_NAMES_OF_1 = frozenset(
    "Merge merge Graph TimeDistributedDense MaxoutDense Highway slice_X Deconvolution2D "
    "AtrousConvolution2D image_dim_ordering set_image_dim_ordering maxnorm l1l2 "
    "activity_l2 activity_l1 WeightRegularizer".split()
)
_SIGNS_OF_2 = frozenset(
    "fit_generator evaluate_generator predict_generator predict_classes predict_proba np_utils "
    "lr decay CuDNNLSTM CuDNNGRU to_yaml image_data_format vis_utils multi_gpu_model "
    "set_session data_format print_function val_acc acc nb_classes".split()
)
_OLD_FOLDERS = (
    "core convolutional recurrent embeddings normalization wrappers merge advanced_activations "
    "pooling noise local"
).split()


class _Eras:
    """The era that holds in this process."""

    def __init__(self) -> None:
        self.era: str | None = None
        self.given = False  # whether the user or the script's text said it
        self.says_acc = False  # whether the script reads the accuracy as 'acc'
        self.on_jax = False  # whether the script asks for JAX, so that layers give it arrays

    def set(self, era: str | None) -> None:
        """Let an era hold; None: what the imports to come tell."""
        if era is not None and era not in ERAS:
            raise UserError(f"`era` must be one of {', '.join(ERAS)}; got {era!r}.")
        self.era, self.given = era, era is not None

    def meet(self, era: str) -> None:
        """Take an import's word for the era, where nothing else told it."""
        if not self.given:
            self.era = era

    def present(self) -> str:
        """The era that holds: today's where nothing tells."""
        return self.era or "3"

    def version(self) -> str:
        """What `keras.__version__` was then."""
        return ERAS[self.present()]


eras = _Eras()


def detect(source: str) -> str | None:
    """The era of a script's text: '1', '2', 'tf' or '3'; None where it has no Keras in it."""
    try:
        tree = ast.parse(source)
    except SyntaxError:
        return None
    return era_of(tree)


def era_of(tree: ast.AST) -> str | None:
    """The era of a parsed script."""
    modules, words, old_calls = _signs(tree)
    keras = {m for m in modules if m.split(".")[0] in ("keras", "keras_core", "tf_keras")}
    if any(".keras" in m for m in modules) or ("tf.keras" in words and not keras):
        return "tf"
    if not keras:
        return "tf" if any(m.split(".")[0] == "tensorflow" for m in modules) else None
    if words & _ARGUMENTS_OF_1 or keras & _MODULES_OF_1 or words & _NAMES_OF_1 or old_calls:
        return "1"
    if "KERAS_BACKEND" in words or words & {"keras.ops", "keras.saving", "keras.random"}:
        return "3"
    if {"keras.ops", "keras.saving", "keras.random", "keras.distribution"} & keras:
        return "3"
    if words & _SIGNS_OF_2 or any(m.split(".")[-1] in _OLD_FOLDERS for m in keras):
        return "2"
    if keras & {"keras.backend", "keras.preprocessing", "keras.wrappers", "keras.engine"}:
        return "2"
    return "3" if words & {"keras.layers", "keras.Model", "keras.Sequential"} else "2"


def _signs(tree: ast.AST) -> tuple[set[str], set[str], bool]:
    """The modules a script imports; the words it uses: names of arguments, attributes, imported
    names, strings; whether it calls a layer of images with rows and columns one by one."""
    modules: set[str] = set()
    words: set[str] = set()
    old_calls = False
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            modules.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            modules.add(node.module)
            modules.update(f"{node.module}.{a.name}" for a in node.names if a.name.islower())
            words.update(alias.name for alias in node.names)
        elif isinstance(node, ast.Attribute):
            words.add(node.attr)
            if isinstance(node.value, ast.Name) and node.value.id in ("keras", "tf"):
                words.add(f"{node.value.id}.{node.attr}")
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            if len(node.value) < 20:
                words.add(node.value)
        elif isinstance(node, ast.Call):
            words.update(k.arg for k in node.keywords if k.arg and not _is_todays(node, k.arg))
            given = {keyword.arg for keyword in node.keywords}
            of_1 = bool(given & _CALLS_OF_1.get(called(node), set()))
            old_calls = old_calls or of_1 or _rows_and_columns(node)
    return modules, words, old_calls


def _is_todays(call: ast.Call, argument: str) -> bool:
    """Whether an argument with an older layer's name for it is another library's, or today's."""
    return argument == "init" and not called(call)[:1].isupper()


def called(call: ast.Call) -> str:
    """The last part of the name of what is called."""
    function = call.func
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""


def _rows_and_columns(call: ast.Call) -> bool:
    """Whether this is `Convolution2D(32, 3, 3)`."""
    return called(call) == "Convolution2D" and len(call.args) > 2


def reads_channels_first(tree: ast.AST) -> bool:
    """Whether a script lays images out channels first without ever asking for the layout, as those
    did that were written when this was the default.

    The sign is an `input_shape` of three sizes whose first is 1 or 3, or a name for channels.
    """
    values: dict[str, Any] = {}
    found = False
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign):
            values.update(_constants(node))
        asks = {"image_dim_ordering", "image_data_format", "set_image_dim_ordering",
                "set_image_data_format"}  # fmt: skip
        if isinstance(node, ast.Attribute) and node.attr in asks:
            return False
        if isinstance(node, ast.keyword) and node.arg in ("dim_ordering", "data_format"):
            return False
    for node in ast.walk(tree):
        for shape in _image_shapes(node):
            found = found or _is_channels(shape[0], shape[2], values)
    return found


def _image_shapes(node: ast.AST) -> Iterator[list[ast.expr]]:
    """The three sizes of what a statement says of the shape of images: as `input_shape=`, as a name
    for a shape, as the sizes after the first one of a reshape."""
    if isinstance(node, ast.Call) and called(node) == "reshape":
        sizes = node.args
        if len(sizes) == 1 and isinstance(sizes[0], ast.Tuple):
            sizes = sizes[0].elts
        if len(sizes) == 4:
            yield list(sizes[1:])
        return
    if isinstance(node, ast.Call) and called(node) not in ("add_weight", "add_variable"):
        shapes = [k.value for k in node.keywords if k.arg in ("input_shape", "shape")]
    elif isinstance(node, ast.Assign) and "shape" in ast.unparse(node.targets[0]):
        shapes = [node.value]
    else:
        return
    for shape in shapes:
        if isinstance(shape, ast.Tuple) and len(shape.elts) == 3:
            yield shape.elts


def _constants(node: ast.Assign) -> Iterator[tuple[str, Any]]:
    """The numbers that an assignment gives to names."""
    for target in node.targets:
        pairs = [(target, node.value)]
        if isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple):
            pairs = list(zip(target.elts, node.value.elts, strict=False))
        for name, value in pairs:
            if isinstance(name, ast.Name) and isinstance(value, ast.Constant):
                yield name.id, value.value


def _is_channels(first: ast.AST, last: ast.AST, values: dict[str, Any]) -> bool:
    def size(node: ast.AST) -> Any:
        if isinstance(node, ast.Constant):
            return node.value
        name = node.id if isinstance(node, ast.Name) else ""
        return values.get(name, 3 if "channel" in name or "depth" in name else None)

    few = (1, 3)
    return size(first) in few and size(last) not in few
