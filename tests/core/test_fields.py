"""Field: one annotated attribute is argument, attribute, config entry and check."""

import inspect
from typing import Annotated, Any

import pytest

from denser.core.fields import Described, Positive, Rate, one_of, when, whole_numbers


class Base(Described):
    rate: Rate = 0.5
    name: str = "base"


class Thing(Base):
    size: Positive
    kind: Annotated[str, one_of("round", "square")] = "round"
    window: Annotated[Any, whole_numbers(2)] = 1
    note: str | None = None

    name = "thing"

    def setup(self):
        self.area = self.window[0] * self.window[1]


def test_own_fields_come_first_and_a_plain_attribute_is_a_new_default():
    shown = inspect.signature(Thing).parameters
    assert list(shown) == ["size", "kind", "window", "note", "rate", "name"]
    assert shown["name"].default == "thing" and shown["size"].default is inspect.Parameter.empty
    thing = Thing(3, window=2)
    assert (thing.size, thing.window, thing.area, thing.name) == (3, (2, 2), 4, "thing")
    assert thing.arguments() == {
        "size": 3, "kind": "round", "window": (2, 2), "note": None, "rate": 0.5, "name": "thing",
    }  # fmt: skip


@pytest.mark.parametrize(
    "arguments, told",
    [
        ({}, "Thing: the argument `size` is missing"),
        ({"size": 0}, r"Thing.*`size` must be a positive integer; got 0"),
        ({"size": 2.5}, "`size` must be a positive integer"),
        ({"size": True}, "`size` must be a positive integer"),
        ({"size": 1, "kind": "oval"}, "`kind` must be one of 'round', 'square'; got 'oval'"),
        ({"size": 1, "window": (1, 2, 3)}, "`window` must be a positive integer or 2 of them"),
        ({"size": 1, "rate": 2}, "`rate` must be a number from 0 to 1"),
        ({"size": 1, "colour": "red"}, "there is no argument `colour`"),
        ({"size": 1, "siz": 2}, "there is no argument `siz`. Did you mean 'size'"),
    ],
)
def test_bad_arguments_are_named(arguments, told):
    with pytest.raises(ValueError, match=told):
        Thing(**arguments)


def test_too_many_by_position_and_twice():
    with pytest.raises(TypeError, match="at most 6 arguments"):
        Thing(1, "round", 1, None, 0.5, "x", 7)
    with pytest.raises(TypeError, match="got `size` twice"):
        Thing(1, size=2)


def test_a_hand_written_init_has_its_arguments_kept():
    class Own(Described):
        def __init__(self, a, *rest, b=2, **more):
            pass

    assert Own(1, 5, c=3).arguments() == {"a": 1, "c": 3}
    assert Own(a=1, b=4).arguments() == {"a": 1, "b": 4}


def test_a_rule_lists_values_that_it_refuses():
    even = when("an even number", lambda v: v % 2 == 0, bad=(1, 3))
    assert not any(even.check(v) for v in even.bad) and even.check(4)
