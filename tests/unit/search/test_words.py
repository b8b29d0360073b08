from __future__ import annotations

import pytest

from youli.search.spelling import Speller, edits
from youli.search.words import segment, spots, stem


def words(text: str) -> list[str]:
    return [spot.word for spot in spots(text, lambda run: [(run, 0)])]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Simpson Strong-Tie 12-Gauge", ["simpson", "strong", "tie", "12", "gauge"]),
        ("12v 4x8", ["12", "v", "4", "x", "8"]),
        ("Café ＦＵＬＬ ﬁt", ["cafe", "full", "fit"]),
        ("红茶 tea", ["红茶", "tea"]),
        ("🙂 … '' --", []),
        ("", []),
    ],
)
def test_a_text_is_read_as_runs_of_letters_and_digits(text, said):
    assert words(text) == said


def test_a_word_knows_where_it_stands():
    text = "Angle—Bracket 红茶壶"
    found = spots(text, lambda run: segment(run, {"红", "茶壶"}.__contains__))
    assert [(one.word, text[one.start : one.end]) for one in found] == [
        ("angle", "Angle"), ("bracket", "Bracket"), ("红", "红"), ("茶壶", "茶壶"),
    ]  # fmt: skip


def test_a_stem_joins_forms_and_leaves_other_scripts():
    assert stem("brackets") == stem("bracket")
    assert stem("lighting") == stem("lights")
    assert [stem(one) for one in ("12", "茶壶", "élan")] == ["12", "茶壶", "élan"]


def test_chinese_is_cut_into_the_fewest_known_words():
    known = {"绿", "绿茶", "茶", "茶杯", "杯"}.__contains__
    assert segment("绿茶杯", known) == [("绿茶", 0), ("杯", 2)]
    assert segment("大绿茶啊茶杯", known) == [("绿茶", 1), ("茶杯", 4)]
    assert segment("啊哦", known) == []


def test_edits_are_counted_with_neighbours_changed_over():
    assert edits("toliet", "toilet", 2) == 1
    assert edits("celing", "ceiling", 2) == 1
    assert edits("kitten", "sitting", 3) == 3
    assert edits("kitten", "sitting", 2) == 3  # more than the most
    assert edits("abc", "abcdef", 2) == 3


def test_an_unknown_word_is_mended_by_the_catalogue(desk):
    speller = Speller(desk.index)
    assert speller.meant("brackte") == ("bracket",)
    assert speller.meant("lawnmower") == ("lawn", "mower")
    assert speller.meant("xyzzyx") == ()
    assert speller.meant("pto") == ()  # too short to guess at
    assert speller.meant("1234") == ()
    assert speller.meant("茶杯") == ()
