"""A report as one HTML file that needs nothing else: no network, no scripts, no other files."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from io import BytesIO
from pathlib import Path

from ..core.messages import UserError
from .drawing import Picture

_TYPES = {".svg": "image/svg+xml", ".png": "image/png", ".jpg": "image/jpeg", ".gif": "image/gif"}


@dataclass
class Page:
    """A report built part by part: every method adds one part and returns the page.

    Args:
        title: The report's title, also the window's.
        lead: What the reader should know first.

    Example:
        >>> page = Page("Digits", "A network reads digits.").section("Data", "1,797 images.")
        >>> "<h2>Data</h2>" in page.html()
        True
    """

    title: str
    lead: str = ""
    _parts: list[str] = field(default_factory=list, repr=False)
    _sections: list[str] = field(default_factory=list, repr=False)

    def section(self, title: str, text: str = "") -> Page:
        """Begin a section; all that follows stands in it."""
        if self._sections:
            self._parts.append("</section>")
        self._sections.append(title)
        self._parts.append(f'<section id="part-{len(self._sections)}"><h2>{escape(title)}</h2>')
        return self.text(text)

    def text(self, text: str) -> Page:
        """Add paragraphs; an empty line parts them."""
        paragraphs = [part.strip() for part in text.split("\n\n")]
        self._parts += [f"<p>{escape(part)}</p>" for part in paragraphs if part]
        return self

    def facts(self, facts: Mapping[str, object]) -> Page:
        """Add a row of large figures, each with what it is: `{"test accuracy": "98.3 %"}`."""
        items = "".join(
            f"<div><dt>{escape(str(name))}</dt><dd>{escape(str(value))}</dd></div>"
            for name, value in facts.items()
        )
        self._parts.append(f"<dl>{items}</dl>")
        return self

    def picture(self, picture, caption: str = "", alt: str = "") -> Page:
        """Add a picture: a Picture, a matplotlib Figure, SVG text, or the path of an image file.

        Args:
            picture: What to show; it is copied into the page.
            caption: What stands below it.
            alt: What a screen reader says; the caption or the picture's title by default.
        """
        return self.gallery([(picture, caption)], alts=[alt], columns=1)

    def gallery(
        self, pictures: Iterable[tuple], alts: Sequence[str] = (), columns: int = 2
    ) -> Page:
        """Add pictures side by side, each with its caption."""
        figures = []
        for index, (picture, caption) in enumerate(pictures):
            said = (alts[index] if index < len(alts) else "") or caption
            said = said or getattr(picture, "title", "") or "Picture"
            below = f"<figcaption>{escape(caption)}</figcaption>" if caption else ""
            source = _data_address(picture)
            image = f'<img src="{source}" alt="{escape(said)}">'
            figures.append(f"<figure>{image}{below}</figure>")
        self._parts.append(f'<div class="pictures of-{min(columns, 4)}">{"".join(figures)}</div>')
        return self

    def table(
        self, rows: Iterable[Sequence], header: Sequence[str] = (), caption: str = ""
    ) -> Page:
        """Add a table; columns of numbers are set to the right."""
        head = "".join(f'<th scope="col">{escape(str(cell))}</th>' for cell in header)
        body = "".join("<tr>" + "".join(map(_cell, row)) + "</tr>" for row in rows)
        self._parts.append(
            '<div class="table"><table>'
            + (f"<caption>{escape(caption)}</caption>" if caption else "")
            + (f"<thead><tr>{head}</tr></thead>" if header else "")
            + f"<tbody>{body}</tbody></table></div>"
        )
        return self

    def code(self, text: str) -> Page:
        """Add a program or what a program printed, as it is."""
        self._parts.append(f"<pre><code>{escape(text.strip(chr(10)))}</code></pre>")
        return self

    def html(self) -> str:
        """The whole page as text."""
        title, lead = escape(self.title), escape(self.lead)
        links = "".join(
            f'<li><a href="#part-{number}">{escape(name)}</a></li>'
            for number, name in enumerate(self._sections, start=1)
        )
        contents = f'<nav aria-label="Contents"><ol>{links}</ol></nav>' if links else ""
        return "\n".join(
            [
                '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">',
                '<meta name="viewport" content="width=device-width, initial-scale=1">',
                '<meta name="color-scheme" content="light dark">',
                f"<title>{title}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n<main>",
                f"<header><h1>{title}</h1>{f'<p>{lead}</p>' if lead else ''}</header>",
                contents,
                *self._parts,
                "</section>" if self._sections else "",
                "</main>\n</body>\n</html>\n",
            ]
        )

    def save(self, path: str | Path) -> Path:
        """Write the page to `path` and return it."""
        path = Path(path)
        path.write_text(self.html(), encoding="utf-8")
        return path


def _cell(value) -> str:
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        text = f"{value:,}" if isinstance(value, int) else f"{value:,.4g}"
        return f'<td class="number">{text}</td>'
    return f"<td>{escape(str(value))}</td>"


def _data_address(picture) -> str:
    """The picture as a data address: inside an image, an SVG can neither run nor load a thing."""
    if isinstance(picture, Picture):
        kind, data = ".svg", picture.svg().encode()
    elif hasattr(picture, "savefig"):
        kind, data = ".svg", _figure_svg(picture)
    elif isinstance(picture, str) and picture.lstrip().startswith("<"):
        kind, data = ".svg", picture.strip().encode()
    else:
        path = Path(picture)
        kind, data = path.suffix.lower().replace(".jpeg", ".jpg"), path.read_bytes()
        if kind not in _TYPES:
            raise UserError(
                f"Page.picture: `picture` must be a Picture, a matplotlib Figure, SVG text, or the "
                f"path of an .svg, .png, .jpg or .gif file; got {str(picture)!r}."
            )
    return f"data:{_TYPES[kind]};base64,{base64.b64encode(data).decode()}"


def _figure_svg(figure) -> bytes:
    import matplotlib

    file = BytesIO()
    # A fixed salt and no date: the same report is the same file.
    with matplotlib.rc_context({"svg.hashsalt": "denser"}):
        figure.savefig(file, format="svg", metadata={"Date": None})
    return file.getvalue()


_STYLE = """
:root { --paper: #ffffff; --ink: #1c2733; --muted: #5f6c7b; --hair: #dfe4ea; --wash: #f5f7f9;
  --accent: #2f6db5; }
@media (prefers-color-scheme: dark) {
  :root { --paper: #12171d; --ink: #e4e9ee; --muted: #9aa7b4; --hair: #2b343e; --wash: #1a2129;
    --accent: #7fb0e6; }
}
* { box-sizing: border-box; }
html { background: var(--paper); color: var(--ink); -webkit-text-size-adjust: 100%;
  font: 17px/1.6 Inter, system-ui, "Segoe UI", "Helvetica Neue", Arial, sans-serif; }
body { margin: 0; }
main { max-width: 60rem; margin: 0 auto; padding: 4rem 1.5rem 5rem; }
h1 { font-size: 2.3rem; line-height: 1.15; letter-spacing: -0.02em; margin: 0 0 0.75rem; }
h2 { font-size: 1.4rem; line-height: 1.25; letter-spacing: -0.01em; margin: 0 0 0.75rem; }
header p { font-size: 1.2rem; line-height: 1.5; color: var(--muted); margin: 0; }
p { max-width: 42rem; margin: 0 0 1rem; }
a { color: var(--accent); text-decoration: none; }
a:hover, a:focus-visible { text-decoration: underline; }
nav { margin: 2rem 0 0; font-size: 0.9rem; }
nav ol { margin: 0; padding: 0; list-style: none; display: flex; flex-wrap: wrap;
  gap: 0.25rem 1.25rem; }
section { border-top: 1px solid var(--hair); margin-top: 3rem; padding-top: 2rem; }
.pictures { display: grid; gap: 1.25rem; margin: 1.5rem 0; align-items: start; }
.of-2 { grid-template-columns: repeat(auto-fit, minmax(min(22rem, 100%), 1fr)); }
.of-3 { grid-template-columns: repeat(auto-fit, minmax(min(15rem, 100%), 1fr)); }
.of-4 { grid-template-columns: repeat(auto-fit, minmax(min(11rem, 100%), 1fr)); }
figure { margin: 0; }
img { display: block; max-width: 100%; height: auto; margin: 0 auto; }
figure img { background: #ffffff; border: 1px solid var(--hair); border-radius: 8px;
  padding: 0.75rem; }
figcaption { color: var(--muted); font-size: 0.9rem; line-height: 1.45; margin-top: 0.6rem;
  text-align: center; }
dl { display: flex; flex-wrap: wrap; gap: 1.25rem 3rem; margin: 1.5rem 0; }
dl div { display: flex; flex-direction: column-reverse; }
dt { color: var(--muted); font-size: 0.9rem; }
dd { margin: 0; font-size: 1.9rem; line-height: 1.2; font-weight: 600;
  letter-spacing: -0.02em; font-variant-numeric: tabular-nums; }
.table { overflow-x: auto; margin: 1.5rem 0; }
table { border-collapse: collapse; font-size: 0.93rem; font-variant-numeric: tabular-nums; }
caption { text-align: left; color: var(--muted); padding-bottom: 0.5rem; }
th, td { text-align: left; vertical-align: top; padding: 0.4rem 1.5rem 0.4rem 0;
  border-bottom: 1px solid var(--hair); }
th { color: var(--muted); font-weight: 600; }
td.number { text-align: right; }
pre { background: var(--wash); border: 1px solid var(--hair); border-radius: 8px;
  padding: 1rem 1.25rem; overflow-x: auto; font-size: 0.82rem; line-height: 1.5; }
code { font-family: ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace; }
@page { margin: 18mm 16mm; }
@media print {
  :root { --paper: #ffffff; --ink: #1c2733; --muted: #4a5663; --hair: #d4dae1; --wash: #f5f7f9;
    --accent: #1c2733; }
  html { font-size: 10.5pt; }
  main { max-width: none; padding: 0; }
  nav { display: none; }
  section { margin-top: 1.5rem; padding-top: 1.25rem; }
  h2, dl { break-after: avoid; }
  h2 + p { break-after: avoid; }
  figure, tr, dl { break-inside: avoid; }
  figure img { max-height: 20cm; border: 0; padding: 0; }
  .of-2, .of-3, .of-4 { grid-template-columns: repeat(2, 1fr); }
  pre { white-space: pre-wrap; overflow-wrap: anywhere; }
  * { -webkit-print-color-adjust: exact; print-color-adjust: exact; }
}
"""
