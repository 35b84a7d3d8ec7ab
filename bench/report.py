"""Results as text: the table with its ratios, and the page RESULTS.md."""

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from .engines import ENGINES
from .workloads import MEASURES, WORKLOADS

Result = dict[str, Any]
OURS = "denser"


def read(files: Iterable[Path]) -> list[Result]:
    """The results in the files; a later one takes the place of an earlier one like it.

    Figures of different scales cannot stand side by side: they end the program.
    """
    found: dict[tuple[Any, ...], Result] = {}
    for file in files:
        for text in file.read_text().splitlines():
            result = json.loads(text)
            found[result["workload"], result.get("measure"), result["engine"]] = result
    scales = sorted({result["scale"] for result in found.values()})
    if len(scales) > 1:
        raise SystemExit(f"These results are of different scales: {scales}. Give files of one.")
    return list(found.values())


def by_row(results: Iterable[Result], key: str = "median") -> dict[tuple[str, str], dict]:
    """Figures by (measure, workload) and engine, in the order of the tables."""
    rows: dict[tuple[str, str], dict[str, float]] = {}
    for measure in MEASURES:
        for workload in WORKLOADS:
            figures = {
                r["engine"]: r[key]
                for r in results
                if (r.get("measure"), r["workload"]) == (measure, workload) and r.get(key)
            }
            if figures:
                rows[measure, workload] = {e: figures[e] for e in ENGINES if e in figures}
    return rows


def best_peer(figures: dict[str, float]) -> tuple[str, float] | None:
    """The best of the others, and how many times as much as denser it takes."""
    peers = {engine: figure for engine, figure in figures.items() if engine != OURS}
    if OURS not in figures or not peers:
        return None
    best = min(peers, key=peers.__getitem__)
    return best, peers[best] / figures[OURS]


def table(results: Sequence[Result], key: str = "median") -> str:
    """A table of all figures, in Markdown: lines are workloads, columns are engines.

    Args:
        key: "median", or "cpu" for the CPU seconds of the same work.
    """
    rows = by_row(results, key)
    engines = [e for e in ENGINES if any(e in figures for figures in rows.values())]
    parts = []
    for measure, described in MEASURES.items():
        lines = [_cells(w, f, engines, measure) for (m, w), f in rows.items() if m == measure]
        if lines:
            unit = "CPU s" if key == "cpu" else described.unit
            head = [f"{described.title}, {unit}", *(ENGINES[e].title for e in engines)]
            parts.append(markdown([*head, "best peer / denser", "aim"], lines))
    return "\n\n".join(parts)


def _cells(workload: str, figures: dict, engines: list[str], measure: str) -> list[str]:
    described = WORKLOADS[workload]
    found, aim = best_peer(figures), described.aims.get(measure)
    return [
        described.title,
        *(f"{figures[e]:.3g}" if e in figures else "" for e in engines),
        f"{found[1]:.2f} ({ENGINES[found[0]].title})" if found else "",
        f"{aim:g}" if aim else "",
    ]


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
    start = f"{result['workload']:14} {result['engine']:17}"
    if "absent" in result:
        return f"{start} absent: {result['absent']}"
    others = result["others"]
    return (
        f"{start} {result['measure']:12} {result['median']:9.4g} {result['unit']:4}"
        f" of {len(result['samples'])}"
        + (f", cpu {result['cpu']:.4g} s" if result["cpu"] is not None else "")
        + (f", others took {others:.0%} of the machine" if others is not None else "")
    )


def page(results: Sequence[Result]) -> str:
    """RESULTS.md."""
    measured = [r for r in results if "measure" in r]
    if not measured:
        raise SystemExit("There is no result in these files.")
    shares = [r["others"] for r in measured if r["others"] is not None]
    versions = {f"{n} {v}" for r in measured for n, v in r["versions"].items() if n != "python"}
    facts = {
        "Date": {r["date"] for r in measured},
        "Machine": {r["machine"] for r in measured},
        "Versions": [", ".join(sorted(versions))],
        "Scale": {f"{r['scale']:g} of the rows" for r in measured},
        "Commands": {f"`{r['command']}`" for r in measured},
        "Other processes": [f"took up to {max(shares):.0%} of the machine"] if shares else [],
    }
    missing = {(r["engine"], WORKLOADS[r["workload"]].title, r["absent"]) for r in results
               if "absent" in r and not ENGINES[r["engine"]].only}  # fmt: skip
    return _PAGE.format(
        facts="\n".join(f"- {k}: {'; '.join(sorted(v))}" for k, v in facts.items() if v),
        table=table(measured),
        cpu=table([r for r in measured if MEASURES[r["measure"]].unit == "s"], "cpu"),
        missing="\n".join(f"- {ENGINES[e].title}, {w}: {why}" for e, w, why in sorted(missing))
        or "Nothing.",
    )


_PAGE = """# Speed and memory beside the peers

Figures are medians; less is better. Every engine runs in a process of its own, all of them in
turn, with the same model, data, batch size, loss, optimizer and metrics
([workloads.py](workloads.py)); PyTorch runs eagerly, with channels last and the fused optimizer.
The last column but one is the time of the best peer over that of denser: above 1, denser is faster.

{facts}

## On the clock

{table}

## CPU seconds

Threads that run side by side count each; this hardly feels what else the machine does.

{cpu}

## What is missing

{missing}
"""
