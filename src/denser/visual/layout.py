"""Where the boxes of a directed graph stand: layers, few crossings, straight long edges.

Source: Sugiyama, Tagawa and Toda 1981, "Methods for visual understanding of hierarchical system
    structures", IEEE Trans. SMC 11(2), with straight columns after Brandes and Köpf 2001, "Fast
    and simple horizontal coordinate assignment", GD 2001.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from ..core.messages import bad_argument

Key = Any  # hashable
Point = tuple[float, float]

GAP_ACROSS, GAP_DOWN, LANE = 28.0, 34.0, 8.0
_SWEEPS = 12


@dataclass(frozen=True)
class Place:
    """Where a box stands: its upper left corner and its size."""

    x: float
    y: float
    width: float
    height: float

    def moved(self, right: float, down: float) -> Place:
        """The same place, further right and down."""
        return Place(self.x + right, self.y + down, self.width, self.height)


@dataclass(frozen=True)
class Layout:
    """Every box's place, every edge's corners from source to target, and the size of the whole."""

    places: dict[Key, Place]
    routes: dict[tuple[Key, Key], list[Point]]
    width: float
    height: float


def layout(
    sizes: Mapping[Key, tuple[float, float]],
    edges: Sequence[tuple[Key, Key]],
    rankdir: str = "TB",
) -> Layout:
    """Place boxes in ranks so that edges run one way, and route the edges around the boxes.

    Args:
        sizes: Width and height of each box. An edge against this order (a shared layer that is
            met again) is routed backwards instead of lengthening the picture.
        edges: Pairs (source, target) of keys; one from a box to itself gets no route.
        rankdir: The way edges run: "TB" (down), "BT" (up), "LR" (right) or "RL" (left).

    Example:
        >>> layout({"a": (10, 10), "b": (10, 10)}, [("a", "b")]).places["b"].y
        44.0
    """
    if rankdir not in ("TB", "BT", "LR", "RL"):
        raise bad_argument("layout", "rankdir", "'TB', 'BT', 'LR' or 'RL'", rankdir)
    sideways = rankdir in ("LR", "RL")
    turned = {key: (h, w) if sideways else (w, h) for key, (w, h) in sizes.items()}
    found = _downwards(turned, edges)
    if rankdir in ("BT", "RL"):
        found = _flipped(found)
    return _transposed(found) if sideways else found


def _downwards(sizes: Mapping[Key, tuple[float, float]], edges) -> Layout:
    order = {key: index for index, key in enumerate(sizes)}
    unknown = [key for edge in edges for key in edge if key not in order]
    if unknown:
        raise bad_argument("layout", "edges", "pairs of known boxes", unknown[0])
    # dict.fromkeys: each edge once, in a stable order.
    forward = {
        tuple(sorted(edge, key=order.__getitem__)): edge
        for edge in dict.fromkeys(map(tuple, edges))
        if edge[0] != edge[1]
    }
    rank = _ranks(order, forward)
    chains, rows = _chains(forward, rank)
    widths = {key: size[0] for key, size in sizes.items()}
    rows = _ordered(rows, [link for chain in chains.values() for link in pairwise(chain)])
    centers = _centers(rows, widths, chains.values())
    return _assemble(sizes, forward, rows, centers, chains)


def _ranks(order: Mapping[Key, int], edges) -> dict[Key, int]:
    """The longest path from any start; starts then move down to stand right above their use."""
    before, after = defaultdict(list), defaultdict(list)
    for source, target in edges:
        before[target].append(source)
        after[source].append(target)
    rank: dict[Key, int] = {}
    for key in order:
        rank[key] = 1 + max((rank[source] for source in before[key]), default=-1)
    for key in reversed(order):
        if after[key] and not before[key]:
            rank[key] = min(rank[target] for target in after[key]) - 1
    return rank


def _chains(edges, rank):
    """Each edge as a chain with one bend in every rank that it passes; and the ranks' rows."""
    rows: list[list[Key]] = [[] for _ in range(max(rank.values(), default=-1) + 1)]
    for key, row in rank.items():
        rows[row].append(key)
    chains = {}
    for source, target in edges:
        bends = [("bend", source, target, row) for row in range(rank[source] + 1, rank[target])]
        for bend in bends:
            rows[bend[-1]].append(bend)
        chains[source, target] = [source, *bends, target]
    return chains, rows


def _ordered(rows, links):
    """The rows sorted by their neighbours' mean place, down and up; the fewest crossings win."""
    above, below = defaultdict(list), defaultdict(list)
    for upper, lower in links:
        above[lower].append(upper)
        below[upper].append(lower)
    best, fewest = rows, _crossings(rows, below)
    for sweep in range(_SWEEPS):
        if not fewest:
            break
        rows = [list(row) for row in rows]
        down = sweep % 2 == 0
        neighbours = above if down else below
        steps = pairwise(rows if down else rows[::-1])
        for fixed, moving in steps:
            place = {key: index for index, key in enumerate(fixed)}
            moving.sort(key=_mean_place(neighbours, place, moving))
        count = _crossings(rows, below)
        if count < fewest:
            best, fewest = rows, count
    return best


def _mean_place(neighbours, place, row):
    own = {key: index for index, key in enumerate(row)}

    def mean(key):
        met = [place[other] for other in neighbours[key]]
        return sum(met) / len(met) if met else own[key]

    return mean


def _crossings(rows, below) -> int:
    total = 0
    for upper, lower in pairwise(rows):
        place = {key: index for index, key in enumerate(lower)}
        ends = [end for source in upper for end in sorted(place[key] for key in below[source])]
        total += sum(
            ends[later] < end for at, end in enumerate(ends) for later in range(at + 1, len(ends))
        )
    return total


def _centers(rows, widths, chains) -> dict[Key, float]:
    """Each node's middle across: columns that run straight, as near to their neighbours as fits."""
    links = [link for chain in chains for link in pairwise(chain)]
    column = _columns(rows, widths, links)
    apart: dict[tuple[Key, Key], float] = {}  # least distance of two columns' middles
    for left, right in (pair for row in rows for pair in pairwise(row)):
        bend = left not in widths and right not in widths
        room = (widths.get(left, 0) + widths.get(right, 0)) / 2
        pair = column[left], column[right]
        apart[pair] = max(apart.get(pair, 0.0), room + (GAP_ACROSS / 2 if bend else GAP_ACROSS))
    lefts, rights, pulls = defaultdict(list), defaultdict(list), defaultdict(list)
    for (left, right), distance in apart.items():
        lefts[right].append((left, distance))
        rights[left].append((right, distance))
    for upper, lower in links:
        if column[upper] != column[lower]:
            pulls[column[upper]].append(column[lower])
            pulls[column[lower]].append(column[upper])
    from_left, from_right = _pushed(column.values(), lefts), _pushed(column.values(), rights)
    # The mean of two places that keep the distances keeps them too.
    at = {key: (from_left[key] - from_right[key]) / 2 for key in from_left}
    for sweep in range(_SWEEPS):
        for key in sorted(at, key=from_left.__getitem__, reverse=sweep % 2 == 1):
            if pulls[key]:
                wanted = sum(at[other] for other in pulls[key]) / len(pulls[key])
                low = max((at[other] + gap for other, gap in lefts[key]), default=wanted)
                high = min((at[other] - gap for other, gap in rights[key]), default=wanted)
                at[key] = max(low, min(wanted, high)) if low <= high else at[key]
    return {key: at[column[key]] for row in rows for key in row}


def _columns(rows, widths, links) -> dict[Key, Key]:
    """For each node the top of the straight column that it stands in.

    Links become vertical in the order of their rank below, unless that would cross an earlier one.
    """
    above, below = defaultdict(list), defaultdict(list)
    for upper, lower in links:
        below[upper].append(lower)
        above[lower].append(upper)
    place = {key: (index, at) for index, row in enumerate(rows) for at, key in enumerate(row)}
    vertical: dict[int, list[tuple[int, int]]] = defaultdict(list)
    up: dict[Key, Key] = {}
    for upper, lower in sorted(links, key=lambda link: sum(end in widths for end in link) % 2):
        if not (
            _is_middle(lower, below[upper], place, widths)
            and _is_middle(upper, above[lower], place, widths)
        ):
            continue
        (index, start), (_, end) = place[upper], place[lower]
        if all((start - left) * (end - right) > 0 for left, right in vertical[index]):
            vertical[index].append((start, end))
            up[lower] = upper
    column: dict[Key, Key] = {}
    for row in rows:
        for key in row:
            column[key] = column[up[key]] if key in up else key
    return column


def _is_middle(key, keys, place, widths) -> bool:
    """Whether `key` is the one in the middle of a node's neighbours on one side; boxes go first."""
    if any(other in widths for other in keys):
        keys = [other for other in keys if other in widths]
    return len(keys) % 2 == 1 and key == sorted(keys, key=place.__getitem__)[len(keys) // 2]


def _pushed(columns, before) -> dict[Key, float]:
    """Each column as near to the side as the columns `before` it let it stand."""
    at: dict[Key, float] = {}
    waiting = list(dict.fromkeys(columns))[::-1]
    while waiting:
        missing = [key for key, _ in before[waiting[-1]] if key not in at]
        if missing:
            waiting += missing
        else:
            key = waiting.pop()
            at[key] = max((at[other] + gap for other, gap in before[key]), default=0.0)
    return at


def _assemble(sizes, forward, rows, centers, chains) -> Layout:
    """Places and routes in points, with lanes between the rows for the edges' crosswise parts."""
    left = min(
        (centers[key] - sizes.get(key, (0,))[0] / 2 for row in rows for key in row), default=0
    )
    middle = {key: center - left for key, center in centers.items()}
    leaving, entering = _ports(sizes, chains, middle)
    lanes, gaps = _lanes(rows, chains, middle, leaving, entering)
    tops, bottoms, y = [], [], 0.0
    for row, gap in zip(rows, gaps, strict=True):
        tops.append(y)
        bottoms.append(y + max((sizes[key][1] for key in row if key in sizes), default=0.0))
        y = bottoms[-1] + gap
    places = {}
    for top, bottom, row in zip(tops, bottoms, rows, strict=True):
        for key in row:
            if key in sizes:
                width, height = sizes[key]
                corner = middle[key] - width / 2, (top + bottom - height) / 2
                places[key] = Place(*corner, width, height)
    number = {key: index for index, row in enumerate(rows) for key in row}
    routes = {}
    for pair, chain in chains.items():
        points = [(leaving[pair], places[chain[0]].y + places[chain[0]].height)]
        for upper, lower in pairwise(chain):
            x = entering[pair] if lower in sizes else middle[lower]
            turn = bottoms[number[upper]] + lanes[upper, lower, pair]
            points += [(points[-1][0], turn), (x, turn)]
        points.append((points[-1][0], places[chain[-1]].y))
        edge = forward[pair]
        routes[edge] = _simplified(points if edge == pair else points[::-1])
    ends = [place.x + place.width for place in places.values()]
    ends += [x for route in routes.values() for x, _ in route]
    return Layout(places, routes, max(ends, default=0.0), bottoms[-1] if bottoms else 0.0)


def _ports(sizes, chains, middle):
    """Where across each edge leaves and enters: side by side, in the order of the other ends."""
    leaving, entering = {}, {}
    for ports, end, step in ((leaving, 0, 1), (entering, -1, -2)):
        at = defaultdict(list)
        for pair, chain in chains.items():
            at[chain[end]].append((middle[chain[step]], pair))
        for key, met in at.items():
            met.sort(key=lambda item: item[0])
            apart = min(20.0, sizes[key][0] / (len(met) + 1))
            straight = [index for index, (x, _) in enumerate(met) if abs(x - middle[key]) < 0.5]
            center = straight[0] if straight else (len(met) - 1) / 2
            apart = min(apart, 0.45 * sizes[key][0] / max(center, len(met) - 1 - center, 1))
            for index, (_, pair) in enumerate(met):
                ports[pair] = middle[key] + apart * (index - center)
    return leaving, entering


def _lanes(rows, chains, middle, leaving, entering):
    """A height below its row for each crosswise part, so that no two lie on each other."""
    spans = defaultdict(list)
    number = {key: index for index, row in enumerate(rows) for key in row}
    for pair, chain in chains.items():
        for upper, lower in pairwise(chain):
            start = leaving[pair] if upper == chain[0] else middle[upper]
            end = entering[pair] if lower == chain[-1] else middle[lower]
            spans[number[upper]].append((start, end, (upper, lower, pair)))
    lanes, gaps = {}, []
    for index in range(len(rows)):
        # What ends furthest out lies on top, so parts of one direction do not cross.
        parts = sorted(spans[index], key=lambda part: part[1] if part[1] < part[0] else -part[1])
        chosen: list[tuple[float, float, int]] = []
        for start, end, name in parts:
            low, high = min(start, end), max(start, end)
            under = [lane for left, right, lane in chosen if low < right + 1 and left < high + 1]
            lanes[name] = 0
            if high - low > 0.5:
                lanes[name] = max(under, default=-1) + 1
                chosen.append((low, high, lanes[name]))
        gaps.append(GAP_DOWN + LANE * max((lane for *_, lane in chosen), default=0))
        for *_, name in parts:
            lanes[name] = GAP_DOWN / 2 + LANE * lanes[name]
    return lanes, gaps


def _simplified(points: list[Point]) -> list[Point]:
    """The route without corners that do not turn."""
    kept: list[Point] = []
    for x, y in points:
        if kept and abs(kept[-1][0] - x) < 0.5 and abs(kept[-1][1] - y) < 0.5:
            continue
        if len(kept) > 1 and (
            abs(kept[-2][0] - kept[-1][0]) < 0.5 > abs(kept[-1][0] - x)
            or abs(kept[-2][1] - kept[-1][1]) < 0.5 > abs(kept[-1][1] - y)
        ):
            kept.pop()
        kept.append((x, y))
    return kept


def _flipped(found: Layout) -> Layout:
    places = {
        key: Place(at.x, found.height - at.y - at.height, at.width, at.height)
        for key, at in found.places.items()
    }
    routes = {
        edge: [(x, found.height - y) for x, y in route] for edge, route in found.routes.items()
    }
    return Layout(places, routes, found.width, found.height)


def _transposed(found: Layout) -> Layout:
    places = {key: Place(at.y, at.x, at.height, at.width) for key, at in found.places.items()}
    routes = {edge: [(y, x) for x, y in route] for edge, route in found.routes.items()}
    return Layout(places, routes, found.height, found.width)
