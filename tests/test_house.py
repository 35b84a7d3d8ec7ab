"""The house: imports go to lower floors only, stand at the top of a file, and make no circle."""

import ast
import graphlib
from pathlib import Path

import pytest

SOURCE = Path(__file__).resolve().parent.parent / "src" / "denser"
FLOORS = [
    {"settings", "version", "lowering"},
    {"core", "datasets", "config", "dtype_policies", "eras", "errors", "tree", "backend"},
    {"ops", "random", "optimizers", "distribution", "mixed_precision"},
    {"activations", "initializers", "regularizers", "constraints", "losses", "quantizers",
     "preprocessing"},
    {"layers", "metrics"},
    {"saving", "legacy"},
    {"training", "callbacks"},
    {"models"},
    {"visual", "visualization", "check", "export", "compat", "applications", "utils",
     "distillation", "wrappers"},
    {"studio", "improve"},
    {"cli", "digits", "__main__"},
    {"__init__"},
]  # fmt: skip
FLOOR = {part: number for number, parts in enumerate(FLOORS, 1) for part in parts}
FILES = sorted(SOURCE.rglob("*.py"))


def name_of(file: Path) -> tuple[str, ...]:
    parts = file.relative_to(SOURCE).with_suffix("").parts
    return parts[:-1] if len(parts) > 1 and parts[-1] == "__init__" else parts


def imported(file: Path, node: ast.AST) -> list[tuple[str, ...]]:
    """The modules of denser's own that an import statement names."""
    if isinstance(node, ast.Import):
        names = [alias.name.split(".") for alias in node.names]
        return [tuple(n[1:]) or ("__init__",) for n in names if n[0] == "denser"]
    if not isinstance(node, ast.ImportFrom):
        return []
    if node.level == 0:
        parts = (node.module or "").split(".")
        if parts[0] != "denser":
            return []
        base = tuple(parts[1:])
    else:
        folder = file.parent.relative_to(SOURCE).parts
        base = folder[: len(folder) - node.level + 1] + tuple((node.module or "").split("."))
        base = tuple(part for part in base if part)
    found = []
    for alias in node.names:
        inner = SOURCE.joinpath(*base, alias.name)
        is_module = inner.with_suffix(".py").exists() or (inner / "__init__.py").exists()
        found.append((*base, alias.name) if is_module else base or ("__init__",))
    return found


def imports(file: Path) -> list[tuple[str, ...]]:
    tree = ast.parse(file.read_text())
    return [name for node in ast.walk(tree) for name in imported(file, node)]


@pytest.mark.parametrize("file", FILES, ids=lambda f: "/".join(name_of(f)))
def test_imports_go_to_lower_floors_and_stand_at_the_top(file):
    own = name_of(file)
    assert own[0] in FLOOR, f"{own[0]} has no floor in the house"
    for target in imports(file):
        if target[0] != own[0]:
            assert FLOOR[target[0]] <= FLOOR[own[0]], f"{'.'.join(own)} imports {'.'.join(target)}"
    tree = ast.parse(file.read_text())
    for function in ast.walk(tree):
        if isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef)):
            late = [name for node in ast.walk(function) for name in imported(file, node)]
            assert not late, f"{'.'.join(own)}: {function.name} imports {late[0]} inside"


def test_no_import_circle():
    edges = {name_of(file): set(imports(file)) - {name_of(file)} for file in FILES}
    for file in FILES:  # a package's face imports its files, which never import the face
        if file.name == "__init__.py" and file.parent != SOURCE:
            edges[name_of(file)].discard(name_of(file))
    graphlib.TopologicalSorter(edges).prepare()


@pytest.mark.parametrize("word", ["utils", "util", "common", "helpers", "misc", "lib", "base_"])
def test_no_file_hides_a_missing_idea(word):
    """`utils` is Keras's public name for a face that only hands names on."""
    found = [f for f in FILES if f.stem == word]
    assert not found
    for face in SOURCE.glob(f"{word}/__init__.py"):
        tree = ast.parse(face.read_text())
        assert all(isinstance(node, (ast.ImportFrom, ast.Expr)) for node in tree.body)
