from itertools import combinations, pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from denser.visual.layout import layout


@st.composite
def graphs(draw):
    count = draw(st.integers(1, 9))
    side = st.integers(20, 90)
    sizes = {index: (draw(side), draw(side)) for index in range(count)}
    pair = st.tuples(st.integers(0, count - 1), st.integers(0, count - 1))
    return sizes, draw(st.lists(pair, max_size=14))


def overlap(a, b):
    return (
        min(a.x + a.width, b.x + b.width) - max(a.x, b.x) > 0.01
        and min(a.y + a.height, b.y + b.height) - max(a.y, b.y) > 0.01
    )


def crosses(place, start, end):
    """Whether a horizontal or vertical line runs through the inside of a box."""
    (left, right), (top, bottom) = (sorted(ends) for ends in zip(start, end, strict=True))
    inside_x = left < place.x + place.width - 0.6 and right > place.x + 0.6
    return inside_x and top < place.y + place.height - 0.6 and bottom > place.y + 0.6


@settings(max_examples=150, deadline=None)
@given(graphs(), st.sampled_from(["TB", "BT", "LR", "RL"]))
def test_nothing_lies_on_anything_else(graph, rankdir):
    sizes, edges = graph
    found = layout(sizes, edges, rankdir)
    assert {key: (at.width, at.height) for key, at in found.places.items()} == sizes
    assert not any(overlap(a, b) for a, b in combinations(found.places.values(), 2))
    assert set(found.routes) <= {edge for edge in edges if edge[0] != edge[1]}
    for route in found.routes.values():
        for start, end in pairwise(route):
            assert abs(start[0] - end[0]) < 0.5 or abs(start[1] - end[1]) < 0.5
            assert not any(crosses(place, start, end) for place in found.places.values())
    corners = [(at.x, at.y) for at in found.places.values()]
    corners += [(at.x + at.width, at.y + at.height) for at in found.places.values()]
    corners += [point for route in found.routes.values() for point in route]
    assert all(-0.01 <= x <= found.width + 0.01 for x, _ in corners)
    assert all(-0.01 <= y <= found.height + 0.01 for _, y in corners)


@settings(max_examples=50, deadline=None)
@given(graphs())
def test_data_flows_down(graph):
    sizes, edges = graph
    forward = [(a, b) for a, b in edges if a < b]
    found = layout(sizes, forward)
    for source, target in forward:
        assert found.places[source].y < found.places[target].y
        start, *_, end = found.routes[source, target]
        assert start[1] == pytest.approx(found.places[source].y + sizes[source][1])
        assert end[1] == pytest.approx(found.places[target].y)


def test_a_chain_with_skips_is_straight():
    edges = [(0, 1), (1, 2), (2, 3), (3, 4), (0, 3), (1, 4)]
    found = layout(dict.fromkeys(range(5), (40, 20)), edges)
    assert len({place.x for place in found.places.values()}) == 1


@pytest.mark.parametrize(
    ("edges", "rankdir", "word"), [([], "down", "rankdir"), ([(0, 7)], "TB", "edges")]
)
def test_mistakes_are_named(edges, rankdir, word):
    with pytest.raises(ValueError, match=word):
        layout({0: (10, 10)}, edges, rankdir)
