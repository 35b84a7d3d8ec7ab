"""The programs of docs/guides run; docs/differences.md tells what is not here."""

import fnmatch
import re
from pathlib import Path

import pytest

import denser

from .public_names import parameters
from .test_public import CALLABLES, HERE, NO_METHODS, OTHER_ARGUMENTS

DOCS = Path(__file__).resolve().parent.parent / "docs"
GUIDES = {page.stem: page for page in sorted((DOCS / "guides").glob("*.md"))}
DIFFERENCES = (DOCS / "differences.md").read_text()


def program(page: Path) -> str:
    """The Python of a page as one program, each line at the number it has in the page."""
    lines, inside = [], False
    for line in page.read_text().splitlines():
        fence = line.startswith("```")
        lines.append(line if inside and not fence else "")
        if fence:
            inside = line == "```python"
    return "\n".join(lines)


@pytest.mark.parametrize("name", GUIDES)
def test_guide_runs(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # where the guides save their files
    registered = denser.saving.get_custom_objects()
    before = dict(registered)
    denser.utils.set_random_seed(0)
    try:
        exec(compile(program(GUIDES[name]), str(GUIDES[name]), "exec"), {"__name__": name})
    finally:
        registered.clear()
        registered.update(before)


def test_the_front_page_names_every_guide():
    front = GUIDES["README"].read_text()
    assert not [name for name in GUIDES if name != "README" and f"({name}.md)" not in front]


@pytest.mark.parametrize("page", [DOCS / "README.md", *GUIDES.values()], ids=lambda page: page.stem)
def test_links_lead_somewhere(page):
    links = re.findall(r"\]\(([^)#:]+)\)", page.read_text())
    assert not [link for link in links if not (page.parent / link).exists()]


def test_differences_are_told():
    """Every name, argument and method that is not here stands in the page as code."""
    told = set(re.findall(r"`([^`]+)`", DIFFERENCES))
    lacking = [name for name, here in HERE.items() if not here]
    for theirs, ours in CALLABLES.values():
        lacking += {argument for _, argument in OTHER_ARGUMENTS} & (
            parameters(theirs).keys() - (parameters(ours) or parameters(theirs)).keys()
        )
    methods = {method for words in NO_METHODS.values() for method in words.split()}
    lacking += [method for method in sorted(methods) if not hasattr(denser.Model, method)]
    untold = [name for name in lacking if not any(fnmatch.fnmatchcase(name, w) for w in told)]
    assert not untold, f"add to docs/differences.md: {untold}"
