"""Pieces of HTML: a hostile title stays a title, and what is drawn can be read."""

from __future__ import annotations

from html.parser import HTMLParser
from xml.etree import ElementTree

import pytest

from youli import markup
from youli.explain.overview.rules import Rule, Rules, RulesConfig
from youli.explain.overview.surrogate import Surrogate, SurrogateConfig
from youli.explain.overview.tree import Feature, Node
from youli.explain.types import (
    Check,
    Claim,
    ClaimKind,
    Counterfactual,
    Explanation,
    Reason,
    Recommendation,
)
from youli.types import Entry, Evidence, EvidenceKind, Ledger

HOSTILE = (
    "</text><script>alert('x')</script><img src=x onerror=\"alert(1)\"> & \x00\x1b\u202e $\\frac{"
)


class Tags(HTMLParser):
    """Collects what a browser would make of a text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.handlers: list[str] = []
        self.words = ""
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.found.append(tag)
        self.handlers += [name for name, _ in attrs if name.startswith("on") or name == "src"]

    def handle_data(self, data):
        self.words += data


def harmless(text: str) -> Tags:
    tags = Tags(text)
    assert not {"script", "img", "iframe", "link"} & set(tags.found)
    assert tags.handlers == []
    assert "\x00" not in text
    assert "\u202e" not in text
    return tags


def test_escaped():
    assert markup.escaped('a < b & "c"\n d') == "a &lt; b &amp; &quot;c&quot; d"
    assert markup.escaped(HOSTILE).startswith("&lt;/text&gt;&lt;script&gt;")


@pytest.mark.parametrize(
    ("text", "n", "wanted"),
    [
        ("kettle", 6, "kettle"),
        ("kettles", 6, "kettl…"),
        ("青花瓷茶壶", 10, "青花瓷茶壶"),
        ("青花瓷茶壶", 9, "青花瓷茶…"),
        ("two  lines\nhere", 40, "two lines here"),
        ("e\u0301te\u0301", 3, "e\u0301te\u0301"),
    ],
)
def test_shortened(text, n, wanted):
    assert markup.shortened(text, n) == wanted
    assert markup.width_of(markup.shortened(text, n)) <= n


def test_bars_say_what_they_show():
    text = markup.bars("Sum <1>", [("a & b", 2.0), ("c", -1.0), (HOSTILE, 0.5)])
    root = ElementTree.fromstring(text)
    space = "{http://www.w3.org/2000/svg}"
    assert root.find(f"{space}title").text == "Sum <1>"
    assert root.find(f"{space}desc").text.startswith("a & b +2.000; c -1.000; </text>")
    sizes = [(r.get("class"), float(r.get("width"))) for r in root.iter(f"{space}rect")]
    assert [kind for kind, _ in sizes] == ["for", "against", "for"]
    assert sizes[0][1] == 2 * sizes[1][1] == 4 * sizes[2][1] > 0
    assert ElementTree.fromstring(markup.bars("none", [])) is not None


def everything() -> list[object]:
    entry = Entry("transition", Evidence(EvidenceKind.HISTORY, 3, (0,), (HOSTILE, HOSTILE)), 1.5)
    ledger = Ledger(7, (entry, Entry("popularity", Evidence(EvidenceKind.ITEM), -0.5)))
    facts = {"source": 3, "source_title": HOSTILE}
    claim = Claim(ClaimKind.WENT_ON, ("transition",), entry.evidence, 1.5, facts)
    reason = Reason(claim, (), HOSTILE, f"You bought {HOSTILE}.")
    counter = Counterfactual(7, (3,), (0,), 10, 1, None, True, True, text=f"Without {HOSTILE}.")
    leaf, feature = Node(0.25, 10), Feature(HOSTILE, "flag")
    tree = Node(0.5, 20, feature, 0, 0.5, Node(0.75, 10), leaf)
    rule = Rule("together", (0,), 1, 6, 8, 7, 35, 6)
    return [
        ledger,
        Recommendation(1, 7, ledger, (reason,)),
        Explanation(7, 1, ledger, (reason,), (Check("completeness", True),), counter),
        Rules((rule,), ["a", "b"], [HOSTILE, "B"], RulesConfig(), "bought", {}),
        Surrogate("listed", HOSTILE, tree, (feature,), 0.2, 0.8, 0.75, 20, 10, SurrogateConfig()),
    ]


@pytest.mark.parametrize("one", everything(), ids=lambda one: type(one).__name__)
def test_notebooks_show_hostile_titles_as_words(one):
    text = one._repr_html_()
    tags = harmless(text)
    assert {"div", "style", "svg"} <= set(tags.found)
    assert "alert" in tags.words or type(one) is Ledger
    assert "http" not in text.replace("http://www.w3.org/2000/svg", "")


def test_what_a_notebook_says_of_a_ledger():
    ledger, recommendation, explanation, *_ = everything()
    assert "Score 1.000 of product #7" in Tags(ledger._repr_html_()).words
    assert ledger.labelled({3: "Kettle"})[0] == (
        f"transition · Kettle · {HOSTILE} = {HOSTILE}", 1.5
    )  # fmt: skip
    words = Tags(recommendation._repr_html_()).words
    assert "1. product #7" in words
    assert "product #3" not in words, "the reason knows what it is called"
    words = Tags(explanation._repr_html_()).words
    assert "Check completeness: passed" in words
    assert "Without " in words


def test_two_boxes_on_a_page_do_not_share_their_style():
    first, second = (markup.card("t", [markup.paragraph(text)]) for text in "ab")
    assert first.split('"')[1] != second.split('"')[1]
