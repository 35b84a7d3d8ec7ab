import base64
import re
from html.parser import HTMLParser

import pytest

from denser.visual import Page, draw_neurons, plot_history

VOID = {"meta", "img"}


class Reader(HTMLParser):
    """Checks that every element is closed, and keeps attributes and words."""

    def __init__(self, text):
        super().__init__()
        self.open, self.attributes, self.words = [], [], ""
        self.feed(text)
        assert not self.open

    def handle_starttag(self, tag, attrs):
        self.attributes += [(tag, *pair) for pair in attrs]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.words += data


@pytest.fixture
def page(tmp_path):
    network = draw_neurons([4, 3, 2])
    file = network.save(tmp_path / "net.png", dpi=40)
    page = Page("Digits <1>", "A & B").section("Data & more", "First.\n\n<script>alert(1)</script>")
    page.facts({"accuracy": "98 %"}).picture(network, "The network").picture(file, alt="As PNG")
    page.section("Training").picture(plot_history({"loss": [2, 1]}), 'Loss "down"')
    page.gallery([(network.svg(), "One"), (network, "")], columns=2)
    page.table([["Dense", 401920, 0.98765]], ["layer", "parameters", "share"], "Layers")
    return page.code("if a < b:\n    pass")


def test_it_needs_nothing_else(page):
    for tag, name, value in Reader(page.html()).attributes:
        if name in ("src", "href"):
            assert value.startswith(("data:image/", "#part-")), (tag, value[:40])
    assert not re.search(r"@import|url\(|<script|<link", page.html())


def test_all_words_are_escaped_and_there(page):
    words = Reader(page.html()).words
    for text in ("Digits <1>", "A & B", "Data & more", "<script>alert(1)</script>", "if a < b:"):
        assert text in words
    for text in ("401,920", "0.9877", "98 %", "The network", 'Loss "down"'):
        assert text in words


def test_every_picture_has_words_and_is_whole(page):
    attributes = Reader(page.html()).attributes
    alts = [value for tag, name, value in attributes if (tag, name) == ("img", "alt")]
    assert alts == ["The network", "As PNG", 'Loss "down"', "One", "The network"]
    for tag, name, value in attributes:
        if (tag, name) == ("img", "src"):
            data = base64.b64decode(value.partition("base64,")[2])
            assert data.startswith(b"\x89PNG") if "png" in value[:20] else b"<svg" in data


def test_the_contents_lead_to_the_sections(page):
    attributes = Reader(page.html()).attributes
    links = [value[1:] for _, name, value in attributes if name == "href"]
    assert links == [value for tag, name, value in attributes if (tag, name) == ("section", "id")]


def test_the_same_parts_are_the_same_file(page, tmp_path):
    again = Page("T").picture(plot_history({"loss": [2, 1]}))
    assert again.html() == Page("T").picture(plot_history({"loss": [2, 1]})).html()
    assert page.save(tmp_path / "index.html").read_text(encoding="utf-8") == page.html()


def test_other_files_are_refused(tmp_path):
    (tmp_path / "data.csv").write_text("1", encoding="utf-8")
    with pytest.raises(ValueError, match="picture"):
        Page("T").picture(tmp_path / "data.csv")
