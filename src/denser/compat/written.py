"""Written: a script's text with the changes to it, and values as they are written there."""

import ast
from typing import Any


class Written:
    """A value of the script's, as it is written there."""

    def __init__(self, text: str):
        self.text = text


class Number(int):
    """A number, as it is written."""

    text: str


class Word(str):
    """A string, as it is written."""

    text: str


class Text:
    """A source text and the changes to it: bytes, for that is what positions in a tree count."""

    def __init__(self, text: str):
        self.bytes = text.encode()
        self.starts = [0]
        for line in self.bytes.splitlines(keepends=True):
            self.starts.append(self.starts[-1] + len(line))
        self.edits: dict[tuple[int, int], bytes] = {}

    def span(self, node: Any) -> tuple[int, int]:
        """Where a node begins and ends."""
        return (self.starts[node.lineno - 1] + node.col_offset,
                self.starts[node.end_lineno - 1] + node.end_col_offset)  # fmt: skip

    def put(self, start: int, end: int, new: str) -> None:
        """Have `new` there, with the changes inside it forgotten."""
        inside = [s for s in self.edits if start <= s[0] and s[1] <= end]
        for span in inside:
            del self.edits[span]
        self.edits[start, end] = new.encode()

    def read(self, start: int, end: int) -> str:
        """The text there, changed."""
        made, at = b"", start
        for (begin, stop), new in sorted(self.edits.items()):
            if start <= begin and stop <= end:
                made += self.bytes[at:begin] + new
                at = stop
        return (made + self.bytes[at:end]).decode()


def written(value: Any) -> str:
    """How a value is written."""
    if hasattr(value, "text"):
        return value.text
    if isinstance(value, tuple):
        return f"({', '.join(map(written, value))}{',' if len(value) == 1 else ''})"
    return repr(value)


def with_statements(text: str, imports: list[str], definitions: list[str]) -> str:
    """The text with more imports, after those of __future__, and definitions after all imports."""
    first = after = 0
    for number, node in enumerate(ast.parse(text).body):
        end = node.end_lineno or 0
        future = isinstance(node, ast.ImportFrom) and node.module == "__future__"
        if future or number == 0 and isinstance(node, ast.Expr):
            first = after = end
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            after = end
        else:
            break
    lines = text.splitlines(keepends=True)
    return "".join([*lines[:first], *imports, *lines[first:after], *definitions, *lines[after:]])
