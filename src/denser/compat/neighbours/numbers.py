"""Numbers: what scripts do with arrays that NumPy has refused since.

`float(a)`, `int(a)`, `math.sqrt(a)`, `"%d" % a` and `b[0] = a` took an array of one element until
NumPy 2.4, and `np.array(rows)` rows of several lengths until 1.24. The script's own lines, and no
other program's, are compiled so that they still do.
"""

import ast
import re
from collections.abc import Callable
from typing import Any

import numpy as np

_CONVERSION = re.compile(r"%(?:\(\w*\))?[#0\- +]*(\*|\d*)(?:\.(\*|\d*))?[hlL]?(.)")


def parse(text: str, path: str) -> ast.Module:
    """A script's syntax tree, in which arrays of one element are numbers."""
    return ast.fix_missing_locations(_Rewriting().visit(ast.parse(text, path)))


class _Rewriting(ast.NodeTransformer):
    """Puts a call of one of `names` around what may be an array."""

    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        match node.func:
            case ast.Name("float" | "int") | ast.Attribute(ast.Name("math")):
                node.args = [
                    arg if isinstance(arg, ast.Starred) else _call("number", arg)
                    for arg in node.args
                ]
            case ast.Attribute(ast.Name("np" | "numpy"), "array" | "asarray" | "concatenate"):
                node.func = _call("ragged", node.func)
        return node

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        self.generic_visit(node)
        if isinstance(node.op, ast.Mod) and isinstance(node.left, ast.Constant):
            if isinstance(node.left.value, str):
                node.right = _call("shown", node.left, node.right)
        return node

    def visit_Assign(self, node: ast.Assign) -> ast.AST:
        self.generic_visit(node)
        match node.targets:
            case [ast.Subscript(ast.Name(name))] if not isinstance(node.value, ast.Constant):
                node.value = _call("element", ast.Name(name, ast.Load()), node.value)
        return node


def _call(name: str, *args: ast.expr) -> ast.Call:
    call = ast.Call(ast.Name(f"__{name}__", ast.Load()), list(args), [])
    return ast.copy_location(call, args[-1])


def _number(value: Any) -> Any:
    """The number in an array of one element; anything else as it is."""
    return value[(0,) * value.ndim] if isinstance(value, np.ndarray) and value.size == 1 else value


def _shown(text: str, values: Any) -> Any:
    """The values that a text shows, with numbers where it shows numbers."""
    if isinstance(values, np.ndarray):
        return values if _CONVERSION.findall(text)[0][-1] in "sra" else _number(values)
    if not isinstance(values, tuple):
        return values
    kinds = []
    for width, precision, kind in _CONVERSION.findall(text):
        kinds += ["d" for size in (width, precision) if size == "*"]
        kinds += [kind] if kind != "%" else []
    pairs = zip(kinds, values, strict=False)
    return tuple(v if kind in "sra" else _number(v) for kind, v in pairs) + values[len(kinds) :]


def _element(array: Any, value: Any) -> Any:
    """What is put into an array: of one element, the number."""
    holds_numbers = isinstance(array, np.ndarray) and array.dtype != object
    return _number(value) if holds_numbers else value


def _ragged(make: Callable[..., Any]) -> Callable[..., Any]:
    """`np.array`, and `np.concatenate`, which make an array of lists of rows of several lengths."""

    def array(*args: Any, **kwargs: Any) -> Any:
        try:
            return make(*args, **kwargs)
        except ValueError as error:
            if "inhomogeneous" not in str(error) or "dtype" in kwargs or len(args) != 1:
                raise
            if make is np.concatenate:
                return make([_rows(part) for part in args[0]], **kwargs)
            return make(*args, dtype=object, **kwargs)

    return array


def _rows(part: Any) -> np.ndarray:
    made = np.empty(len(part), object)
    for index, row in enumerate(part):
        made[index] = row
    return made


# What a script's globals must hold for `parse`'s tree.
names: dict[str, Callable[..., Any]] = {
    "__number__": _number,
    "__shown__": _shown,
    "__element__": _element,
    "__ragged__": _ragged,
}
