"""Functions of a network as StableHLO: programs that run without their Python, weights inside."""

import importlib.util
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jax
import numpy as np

from ..core.budget import damage
from ..core.later import Later
from ..core.messages import UserError, bad_argument, did_you_mean, who
from ..core.tensor import leaves, map_leaves
from ..core.variable import Scope, Variable
from .archive import METADATA, SEALED, Archive, write_zip
from .atomic import write_bytes

exporting = Later("jax.export")

_OTHERS = (
    "tf_saved_model", "saved_model", "onnx", "openvino", "litert", "torch",
)  # fmt: skip
_ENDING, _COLLECTIONS = ".stablehlo", "variables.json"


class ExportArchive:
    """Functions of networks, each with its inputs' form, to be written to one file.

    The file is a zip with a serialized StableHLO program for each function. `load_archive` reads
    it, and `jax.export.deserialize` each of its programs; neither needs the code of the network.

    Args:
        format: Must be 'stablehlo'; the other formats of Keras need TensorFlow or PyTorch.

    Example:
        >>> model = Sequential([Dense(2, input_shape=(3,))])
        >>> archive = ExportArchive("stablehlo")
        >>> archive.track(model)
        >>> archive.add_endpoint("serve", model.call, [InputSpec(shape=(None, 3))])
        >>> archive.programs["serve"].call(np.ones((5, 3), "float32")).shape
        (5, 2)
    """

    def __init__(self, format: str = "saved_model", **kwargs: Any):
        check_format("ExportArchive", format)
        if kwargs:
            raise bad_argument("ExportArchive", next(iter(kwargs)), "left out", kwargs)
        self.programs: dict[str, Any] = {}
        self._collections: dict[str, dict[str, Any]] = {}
        self._tracked: list[Any] = []

    @property
    def variables(self) -> list[Variable]:
        """The Variables of what is tracked."""
        return [v for resource in self._tracked for v in resource.variables]

    def track(self, resource: Any) -> None:
        """Count a layer or model as part of this archive; its `variables` are shown here."""
        if not hasattr(resource, "variables"):
            raise bad_argument("ExportArchive", "resource", "a layer or model", resource)
        if not getattr(resource, "built", True):
            raise UserError(f"ExportArchive: {who(resource)} is not built. Call it on data first.")
        self._tracked.append(resource)

    def add_endpoint(
        self,
        name: str,
        fn: Callable[..., Any],
        input_signature: Any = None,
        **kwargs: Any,
    ) -> None:
        """Take in a function, with the present values of the Variables that it reads.

        Args:
            name: Its name in the archive.
            fn: A function of arrays, as `model.call`.
            input_signature: For each argument an InputSpec or a KerasTensor (or an array as an
                example, or nested ones); None among the sizes leaves a size open, the first axes'
                being one and the same.
        """
        if name in self.programs:
            raise UserError(f"ExportArchive: there is an endpoint {name!r} already.")
        if input_signature is None:
            expected = "a list with the form of each argument"
            raise bad_argument("ExportArchive", "input_signature", expected, None)
        if kwargs:
            raise bad_argument("ExportArchive", next(iter(kwargs)), "left out", kwargs)
        sizes = exporting.SymbolicScope()

        def form(spec: Any) -> Any:
            shape = ["batch" if n is None and axis == 0 else f"size_{axis}" if n is None else n
                     for axis, n in enumerate(spec.shape)]  # fmt: skip
            text = ", ".join(map(str, shape))
            dims = exporting.symbolic_shape(text, scope=sizes) if text else ()
            return jax.ShapeDtypeStruct(dims, spec.dtype or "float32")

        def run(*args: Any) -> Any:
            with Scope(closed=True):
                return fn(*args)

        several = isinstance(input_signature, (list, tuple))
        signature = list(input_signature) if several else [input_signature]
        exported = exporting.export(jax.jit(run))(*map_leaves(form, signature))
        self.programs[name] = exported

    def track_and_add_endpoint(
        self, name: str, resource: Any, input_signature: Any, **kwargs: Any
    ) -> None:
        """`track` a layer or model and `add_endpoint` its call."""
        self.track(resource)
        self.add_endpoint(name, resource.__call__, input_signature, **kwargs)

    def add_variable_collection(self, name: str, variables: Any) -> None:
        """Take in the present values of some Variables, by their paths, under a name."""
        if not all(isinstance(v, Variable) for v in leaves(list(variables))):
            raise bad_argument("ExportArchive", "variables", "a list of Variables", variables)
        self._collections[name] = {v.path: np.asarray(v.raw).tolist() for v in variables}

    def write_out(self, filepath: Any, options: Any = None, verbose: bool = True) -> None:
        """Write the file; `options` of TensorFlow must be left."""
        if options is not None:
            raise bad_argument("ExportArchive", "options", "None", options)
        if not self.programs:
            raise UserError("ExportArchive: has no endpoint yet. Call `add_endpoint` first.")
        _need_flatbuffers()
        programs = {n + _ENDING: bytes(p.serialize()) for n, p in self.programs.items()}
        members = {METADATA: SEALED, **programs, _COLLECTIONS: self._collections}
        write_bytes(Path(filepath), write_zip(members))
        if verbose:
            print(f"{filepath}: {', '.join(self.programs)}, as StableHLO.")


def load_archive(filepath: Any) -> dict[str, Callable[..., Any]]:
    """The functions in a file that `ExportArchive` wrote, by name; no code of a network is run.

    Raises:
        UnsafeFileError, BrokenFileError: where it is not such a file, or damaged.
    """
    _need_flatbuffers()
    found = {}
    with Archive(filepath) as archive:
        for name in archive.names:
            if name.endswith(_ENDING):
                with damage(f"{archive.where}/{name}", "is no program"):
                    program = exporting.deserialize(bytearray(archive.read(name)))
                found[name.removesuffix(_ENDING)] = program.call
    return found


def export_model(model: Any, filepath: Any, input_signature: Any, verbose: Any) -> None:
    """A model's call as the endpoint `serve` of an archive of its own."""
    if input_signature is None:
        if model._graph is None:
            expected = "given for a model without symbolic inputs"
            raise bad_argument(model, "input_signature", expected, None)
        input_signature = [model._graph.inputs]
    archive = ExportArchive("stablehlo")
    archive.track(model)
    archive.add_endpoint("serve", lambda *x: model(*x, training=False), input_signature)
    archive.write_out(filepath, verbose=bool(verbose))


def _need_flatbuffers() -> None:
    """Raise where the package is missing in which JAX writes programs."""
    if importlib.util.find_spec("flatbuffers") is None:
        raise UserError("Programs are written with flatbuffers: `pip install 'denser[export]'`.")


def check_format(owner: Any, format: str) -> None:
    """Raise for every format but StableHLO, saying what to use instead."""
    if format == "stablehlo":
        return
    fix = (
        "It needs TensorFlow, PyTorch or ONNX: give the StableHLO file to their tools, or save "
        "the model as .keras and export it with Keras."
        if format in _OTHERS
        else did_you_mean(str(format), ["stablehlo"])
    )
    raise bad_argument(owner, "format", "'stablehlo'", format, fix)
