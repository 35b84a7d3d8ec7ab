"""Results as text: the tables with ratios and bars, and the page RESULTS.md."""

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from .engines import ENGINES
from .workloads import MEASURES, TRAINING, WORKLOADS, Bar

Result = dict[str, Any]
Figures = dict[str, float]  # by engine
OURS = "denser"
MARKS = {True: "✓", False: "✗", None: "?"}


def setting(result: Result) -> tuple[str, str, float]:
    """What two figures must share to stand side by side: device, precision, share of the rows."""
    return result["device"], result["precision"], result["scale"]


def read(files: Iterable[Path]) -> list[Result]:
    """The results in the files; a later one takes the place of an earlier one like it."""
    found: dict[tuple[Any, ...], Result] = {}
    for file in files:
        for text in file.read_text().splitlines():
            result = json.loads(text)
            key = result["workload"], result["measure"], result["engine"]
            found[*setting(result), *key] = result
    if not any("median" in result for result in found.values()):
        raise SystemExit("There is no result in these files.")
    return list(found.values())


def by_setting(results: Iterable[Result]) -> dict[tuple[str, str, float], list[Result]]:
    """Results that may stand side by side, whole data sets first."""
    groups: dict[tuple[str, str, float], list[Result]] = {}
    for result in sorted(results, key=lambda r: (-r["scale"], r["device"], r["precision"])):
        groups.setdefault(setting(result), []).append(result)
    return groups


def by_row(results: Iterable[Result], key: str = "median") -> dict[tuple[str, str], Figures]:
    """Figures by (measure, workload) and engine, in the order of the tables."""
    found = {
        (r["measure"], r["workload"], r["engine"]): r[key]
        for r in results
        if r.get(key) is not None
    }
    rows = {}
    for measure in MEASURES:
        for workload in WORKLOADS:
            every = {e: found.get((measure, workload, e)) for e in ENGINES}
            if figures := {e: figure for e, figure in every.items() if figure is not None}:
                rows[measure, workload] = figures
    return rows


def ratio(figures: Figures, than: str | None = None) -> tuple[str, float] | None:
    """The best peer, or the engine `than`, and how many times denser's figure its own is."""
    others = {e: f for e, f in figures.items() if (e == than if than else ENGINES[e].peer)}
    if not figures.get(OURS) or not others:
        return None
    best = min(others, key=others.__getitem__)
    return best, others[best] / figures[OURS]


def met(bar: Bar, figures: Figures) -> bool | None:
    """Whether denser reaches the bar; None where that was not measured."""
    if bar.most is not None:
        return figures[OURS] <= bar.most if OURS in figures else None
    found = ratio(figures, bar.than)
    return None if found is None else found[1] >= bar.times


def table(results: Sequence[Result], key: str = "median") -> str:
    """A table for each measure, in Markdown: lines are workloads, columns are engines.

    Args:
        key: "median", or "cpu" for the CPU seconds of the same work, to which no bar applies.
    """
    rows = by_row(results, key)
    parts = []
    for measure, described in MEASURES.items():
        of_this = {workload: figures for (m, workload), figures in rows.items() if m == measure}
        if of_this:
            engines = [e for e in ENGINES if any(e in figures for figures in of_this.values())]
            unit = "CPU s" if key == "cpu" else described.unit
            titles = [ENGINES[e].title for e in engines]
            head = [f"{described.title}, {unit}", *titles, "best peer / denser"]
            lines = [_cells(w, figures, engines) for w, figures in of_this.items()]
            if key == "median":
                head.append("bar")
                for line, (workload, figures) in zip(lines, of_this.items(), strict=True):
                    line.append(_bars(workload, measure, figures))
            parts.append(markdown(head, lines))
    return "\n\n".join(parts)


def verdicts(results: Sequence[Result]) -> str:
    """How many of the bars that were measured are met, and those that most workloads have."""
    rows, marks, lines = by_row(results), [], []
    for name, workload in WORKLOADS.items():
        marks += [met(bar, rows.get((bar.measure, name), {})) for bar in workload.bars]
        cells = [_verdict(name, measure, rows.get((measure, name), {})) for measure in TRAINING]
        if any(cells):
            lines.append([workload.title, *cells])
    measured = len(marks) - marks.count(None)
    counted = f"Bars met: {marks.count(True)} of {measured} that were measured."
    head = ["best peer / denser, of the bar", *TRAINING]
    return f"{counted}\n\n{markdown(head, lines)}" if lines else counted


def _verdict(workload: str, measure: str, figures: Figures) -> str:
    found, bars = ratio(figures), [b for b in WORKLOADS[workload].bars if b.measure == measure]
    if not found or not bars:
        return ""
    return f"{found[1]:.2f} of {number(bars[0].times)} {MARKS[met(bars[0], figures)]}"


def _cells(workload: str, figures: Figures, engines: Sequence[str]) -> list[str]:
    found = ratio(figures)
    return [
        WORKLOADS[workload].title,
        *(f"{figures[e]:.3g}" if e in figures else "" for e in engines),
        f"{found[1]:.2f} ({ENGINES[found[0]].title})" if found else "",
    ]


def _bars(workload: str, measure: str, figures: Figures) -> str:
    """The bars of a workload, each with its mark; one against a named engine says its ratio."""
    cells = []
    for bar in WORKLOADS[workload].bars:
        found, mark = ratio(figures, bar.than), MARKS[met(bar, figures)]
        if bar.measure != measure:
            continue
        if bar.most is not None:
            cells.append(f"at most {number(bar.most)} {mark}")
        elif bar.than is None:
            cells.append(f"{number(bar.times)} {mark}")
        elif found:
            title = ENGINES[bar.than].title
            cells.append(f"{number(bar.times)} × {title}: {found[1]:.2g} {mark}")
    return "; ".join(cells)


def number(value: float) -> str:
    """A bar, in two digits after the point at the most."""
    return f"{round(value, 2):g}"


def markdown(head: Sequence[str], lines: Sequence[Sequence[str]]) -> str:
    """A table whose columns are as wide as their widest cell, numbers to the right."""
    widths = [max(len(line[i]) for line in (head, *lines)) for i in range(len(head))]

    def row(cells: Sequence[str]) -> str:
        first, *rest = zip(cells, widths, strict=True)
        return f"| {' | '.join([first[0].ljust(first[1]), *(c.rjust(w) for c, w in rest)])} |"

    rule = f"| {'-' * widths[0]} | {' | '.join('-' * (w - 1) + ':' for w in widths[1:])} |"
    return "\n".join([row(head), rule, *map(row, lines)])


def line(result: Result) -> str:
    """One result, for the terminal."""
    start = f"{result['workload']:17} {result['engine']:17} {result['measure']:12}"
    if "absent" in result:
        return f"{start} absent: {result['absent']}"
    others = result["others"]
    return (
        f"{start} {result['median']:9.4g} {result['unit']:4}"
        f" of {len(result['samples'])}"
        + (f", cpu {result['cpu']:.4g} s" if result["cpu"] is not None else "")
        + (f", others took {others:.0%} of the machine" if others is not None else "")
    )


def page(results: Sequence[Result]) -> str:
    """RESULTS.md."""
    return "\n".join([_HEAD, *(_section(*group) for group in by_setting(results).items())])


def _section(of: tuple[str, str, float], results: Sequence[Result]) -> str:
    device, precision, scale = of
    measured = [r for r in results if "median" in r]
    shares = [r["others"] for r in measured if r.get("others") is not None]
    versions = {f"{n} {v}" for r in measured for n, v in r["versions"].items() if n != "python"}
    facts = {
        "Date": {r["date"] for r in measured},
        "Machine": {r["machine"] for r in measured},
        "Versions": [", ".join(sorted(versions))],
        "Commands": {f"`{r['command']}`" for r in measured},
        "Other processes": [f"took up to {max(shares):.0%} of the machine"] if shares else [],
    }
    return _SECTION.format(
        title=f"{device.upper()}, {precision}" + (f", {scale:g} of the rows" * (scale != 1)),
        facts="\n".join(f"- {k}: {'; '.join(sorted(v))}" for k, v in facts.items() if v),
        verdicts=verdicts(results),
        table=table(measured),
        cpu=table([r for r in measured if MEASURES[r["measure"]].unit == "s"], "cpu"),
        missing=_missing(results) or "Nothing.",
    )


def _missing(results: Sequence[Result]) -> str:
    """The engines that fell out, and why; the measures that nobody asked for."""
    absent = {(WORKLOADS[r["workload"]].title, ENGINES[r["engine"]].title, r["absent"])
              for r in results if "absent" in r}  # fmt: skip
    asked = {(r["measure"], r["workload"]) for r in results}
    lines = [f"- {workload}, {engine}: {why}" for workload, engine, why in sorted(absent)]
    for measure, described in MEASURES.items():
        never = [
            name for name, workload in WORKLOADS.items() if (measure, name) not in asked
            and measure in (*workload.measures, *(bar.measure for bar in workload.bars))
        ]  # fmt: skip
        if never:
            lines.append(f"- not measured, {described.title}: {', '.join(never)}")
    return "\n".join(lines)


_HEAD = f"""# Speed and memory beside the peers

Figures are medians; less is better. Every engine runs in a process of its own, all of them in
turn, with the same model, data, batch size, loss, optimizer and metrics
([workloads.py](workloads.py)); PyTorch runs eagerly, with channels last and the fused optimizer.
"Best peer / denser" is the best peer's figure over that of denser: above 1, denser is better. The
bar is what denser wants to reach at least: {MARKS[True]} it does, {MARKS[False]} it does not.
"""

_SECTION = """## {title}

{facts}

{verdicts}

### On the clock

{table}

### CPU seconds

Threads that run side by side count each; this hardly feels what else the machine does.

{cpu}

### What is missing

{missing}
"""
