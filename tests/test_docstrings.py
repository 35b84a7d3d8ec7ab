"""Docstrings: their examples give what they say, and they name every argument."""

import doctest
import importlib
import inspect
import pkgutil
import re
import warnings

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import denser
from denser.core.fields import Described

FACES = [
    "activations", "applications", "backend", "callbacks", "config", "constraints", "datasets",
    "distillation", "dtype_policies", "export", "initializers", "layers", "losses", "metrics",
    "mixed_precision", "models", "ops", "optimizers", "optimizers.schedules", "preprocessing",
    "quantizers", "random", "regularizers", "saving", "tree", "utils", "visual", "visualization",
    "wrappers",
]  # fmt: skip
FLAGS = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS


def modules() -> list[str]:
    found = [m.name for m in pkgutil.walk_packages(denser.__path__, "denser.")]
    return [name for name in found if not name.endswith("__main__")]


def examples() -> dict[str, list[doctest.DocTest]]:
    """The examples of each module that has any."""
    finder = doctest.DocTestFinder(exclude_empty=True)
    tests = {name: finder.find(importlib.import_module(name), name) for name in modules()}
    tests = {name: [t for t in found if t.examples] for name, found in tests.items()}
    return {name: found for name, found in tests.items() if found}


EXAMPLES = examples()


def ours(value: object) -> bool:
    return (getattr(value, "__module__", None) or "").startswith("denser")


def public(module: object) -> dict[str, object]:
    """What a face hands on, by name."""
    names = getattr(module, "__all__", None) or [n for n in dir(module) if not n.startswith("_")]
    found = {name: getattr(module, name) for name in names}
    return {name: value for name, value in found.items() if ours(value)}


def imported() -> dict[str, object]:
    """What an example may use beside what its own module defines: a user's usual imports."""
    names: dict[str, object] = {}
    for face in ("layers", "losses", "metrics", "optimizers", "optimizers.schedules"):
        names |= public(importlib.import_module(f"denser.{face}"))
    names |= {name: getattr(denser, name) for name in denser._NAMES}
    names |= {name: importlib.import_module(f"denser.{name}") for name in denser._MODULES}
    return names | {"denser": denser, "jax": jax, "jnp": jnp, "np": np}


@pytest.mark.parametrize("module", EXAMPLES)
def test_examples_give_what_they_say(module, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    runner = doctest.DocTestRunner(optionflags=FLAGS)
    report: list[str] = []
    for test in EXAMPLES[module]:
        test.globs = imported() | vars(importlib.import_module(module)) | {"ops": denser.ops}
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            runner.run(test, out=report.append)
    assert not runner.failures, "".join(report)


@pytest.mark.parametrize("face", FACES)
def test_every_public_name_says_what_it_is(face):
    module = importlib.import_module(f"denser.{face}")
    assert module.__doc__
    bare = [n for n, v in public(module).items() if callable(v) and not (v.__doc__ or "").strip()]
    assert not bare, f"no docstring: {bare}"


def classes() -> dict[str, type]:
    """The public classes of all faces that are made of fields."""
    found = {}
    for face in FACES:
        for name, value in public(importlib.import_module(f"denser.{face}")).items():
            if inspect.isclass(value) and issubclass(value, Described) and value.fields():
                found[name] = value
    return found


CLASSES = classes()


def section(cls: type) -> str:
    """What stands under `Args:`, up to the next heading."""
    text = inspect.cleandoc(cls.__doc__ or "")
    found = re.search(r"^Args:(.*?)(?=^[A-Z]\w*:|\Z)", text, re.DOTALL | re.MULTILINE)
    return found.group(1) if found else ""


def named(cls: type, seen: tuple[type, ...] = ()) -> set[str]:
    """The arguments that a class's docstring names: itself, by its bases, by 'as in Conv2D'."""
    words: set[str] = set()
    for part in cls.__mro__:
        if part not in seen and ours(part):
            seen = (*seen, part)
            words |= set(re.findall(r"\w+|\.{3}", section(part)))
    for word in [w for w in words if w in CLASSES and CLASSES[w] not in seen]:
        words |= named(CLASSES[word], seen)
    return words


@pytest.mark.parametrize("name", [n for n, c in CLASSES.items() if section(c)])
def test_arguments_are_explained(name):
    """`beta_initializer, gamma_initializer, ...` stands for all arguments with such endings."""
    cls = CLASSES[name]
    words = named(cls)
    endings = {w.rpartition("_")[2] for w in words} | {"regularizer", "constraint"}
    many = endings if "..." in words else set()
    silent = [f for f in cls.fields() if f not in words and f.rpartition("_")[2] not in many]
    assert not silent, f"{name} does not say what these are: {silent}"
