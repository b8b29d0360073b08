"""Shared words and topics."""

from __future__ import annotations

import numpy as np
import pytest

from youli.features.topics import N_TOPICS_EACH, read_topics, topics_of
from youli.features.words import WordCounts, count_words, says, stop_words

TEXTS = [
    "Red ceramic mug",
    "A ceramic MUG with a red handle, 350ml",
    "Blue mugs of glass",
    "红色陶瓷马克杯",
    "白色陶瓷马克杯，家用",
    "glass vase",
]


def test_words_are_counted_once_a_product() -> None:
    counts = count_words(TEXTS).counts
    assert counts == {"red": 2, "ceramic": 2, "mug": 2, "glass": 2, "陶瓷": 2, "马克杯": 2}


def test_a_word_of_every_fifth_product_says_nothing() -> None:
    texts = [f"mug {'red' if n % 2 else 'blue'}{' handle' * (n % 10 == 0)}" for n in range(100)]
    assert set(count_words(texts).counts) == {"handle"}


def test_words_that_say_nothing_are_left_out() -> None:
    assert count_words(["the very best mug", "the very best cup"]).counts == {}
    assert count_words(["我们的产品", "我们的产品"]).counts == {}
    assert {"the", "with", "我们", "产品"} <= stop_words()


@pytest.mark.parametrize(
    ("one", "other", "found"),
    [
        (0, 1, ("ceramic", "mug", "red")),
        (0, 2, ()),
        (3, 4, ("陶瓷", "马克杯")),
        (2, 5, ("glass",)),
        (0, 3, ()),
    ],
)
def test_shared_words(one: int, other: int, found: tuple[str, ...]) -> None:
    words = count_words(TEXTS)
    assert words.shared(TEXTS[one], TEXTS[other], 3) == found
    for word in found:
        assert says(TEXTS[one], word)
        assert says(TEXTS[other], word)


def test_rare_words_go_first_and_only_so_many() -> None:
    words = WordCounts({"mug": 9, "red": 5, "ceramic": 2})
    assert words.shared("red ceramic mug", "mug, red, ceramic", 2) == ("ceramic", "red")


def test_a_word_within_a_shared_word_is_not_named_beside_it() -> None:
    words = WordCounts({"马克": 3, "马克杯": 3, "杯": 3})
    assert words.shared("红马克杯", "白马克杯", 3) == ("马克杯",)


@pytest.mark.parametrize(
    ("text", "word", "has"),
    [
        ("Red mug", "red", True),
        ("Reddish mug", "red", False),
        ("Reddish red mug", "red", True),
        ("T-shirt", "shirt", True),
        ("350ml", "ml", True),
        ("红色陶瓷杯", "陶瓷", True),
        ("陶瓷mug", "mug", True),
        ("红色", "陶瓷", False),
        ("", "red", False),
        ("red", "", False),
    ],
)
def test_says(text: str, word: str, has: bool) -> None:
    assert says(text, word) is has


def test_the_topics_have_two_names_each() -> None:
    topics = read_topics()
    assert 150 <= len(topics) <= 350
    for names in zip(*topics, strict=True):
        assert len(set(names)) == len(topics)
    for topic in topics:
        assert topic.en == topic.en.strip() != ""
        assert any("\u4e00" <= one <= "\u9fff" for one in topic.zh), topic


def test_the_nearest_topics_above_the_floor() -> None:
    products = np.array([[1, 0, 0], [0.6, 0.8, 0], [0, 0, 1]], np.float32)
    topics = np.array([[0, 1, 0], [1, 0, 0], [0.8, 0.6, 0]], np.float32)
    number, cosine = topics_of(products, topics, 0.7)
    assert number.tolist() == [[1, 2, -1], [2, 0, -1], [-1, -1, -1]]
    np.testing.assert_allclose(cosine, [[1, 0.8, 0], [0.96, 0.8, 0], [0, 0, 0]], atol=1e-6)
    few, _ = topics_of(products, topics[:1], 0.7)
    assert few.tolist() == [[-1, -1, -1], [0, -1, -1], [-1, -1, -1]]
    assert few.shape == (3, N_TOPICS_EACH)
