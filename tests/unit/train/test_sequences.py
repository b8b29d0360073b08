"""Windows, targets and batches of hand-made logs."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from youli.testing.shops import SHOPS, event_shop, order_shop, walk_shop
from youli.train.sequences import Batch, Sequences


def of(shop, **lengths) -> Sequences:
    return Sequences.of(shop.interactions, **{"max_length": 10, **lengths})


def whole(sequences: Sequences) -> Batch:
    return sequences.batch(np.arange(len(sequences)))


def test_every_event_but_the_first_is_predicted():
    sequences = of(walk_shop({"u": "abc", "v": "d", "w": "ba"}))
    batch = whole(sequences)
    assert batch.items.tolist() == [[0, 1, 2], [1, 0, 1]]  # the padding repeats the first
    assert batch.strengths.tolist() == [[1, 1, 1], [1, 1, 0]]
    assert batch.is_target.tolist() == [[False, True, True], [False, True, False]]
    assert batch.targets.tolist() == [1, 2, 0]
    assert batch.users.tolist() == [0, 2]
    assert sequences.n_targets == 3
    assert batch.n_before.tolist() == [1, 2, 1]


def test_an_order_is_predicted_from_the_orders_before():
    """Products of the first order are history alone; n_before stops at the order's beginning."""
    batch = whole(of(order_shop({"u": [(0, "a b"), (1, "c d"), (5, "a")]})))
    assert batch.steps.tolist() == [[0, 0, 1, 1, 2]]
    assert batch.is_target.tolist() == [[False, False, True, True, True]]
    assert batch.n_before.tolist() == [2, 2, 4]
    assert np.diff(batch.times[0]).tolist() == [0, 86_400, 0, 4 * 86_400]


def test_without_a_clock_there_are_no_times():
    assert (whole(of(walk_shop({"u": "abc"}))).times == 0).all()


def test_one_order_teaches_nothing():
    assert len(of(order_shop({"u": [(0, "a b c")]}))) == 0


def test_events_that_say_nothing_are_not_in():
    """A refund neither speaks nor is predicted, and a first tick is the first that speaks."""
    shop = event_shop(
        {"u": [(0, "b", "refund"), (1, "a", "purchase"), (2, "b", "refund"), (3, "c", "view_item")]}
    )
    sequences = of(shop)
    batch = whole(sequences)
    assert batch.items.tolist() == [[0, 2]]
    assert batch.is_target.tolist() == [[False, True]]
    assert batch.n_before.tolist() == [1]
    assert sequences.popularity().tolist() == [1, 0, 1]
    assert sequences.row.tolist() == [1, 3]


def test_only_takes_rows_of_the_log():
    shop = event_shop(
        {"u": [(0, "a", "refund"), (1, "a", "purchase"), (2, "b", "purchase"),
               (3, "c", "purchase")], "v": [(0, "a", "purchase"), (1, "b", "purchase")]}
    )  # fmt: skip
    last = np.array([False, False, False, True, False, False])
    batch = whole(of(shop).only(last))
    assert batch.targets.tolist() == [2]
    assert batch.users.tolist() == [0]


def test_nothing_but_refunds():
    assert len(of(event_shop({"u": [(0, "a", "refund"), (1, "b", "refund")]}))) == 0


def test_long_sequences_are_cut_from_the_end():
    """Seven events in windows of three: the last window ends the log, each event once."""
    sequences = of(walk_shop({"u": "abcdefg"}), max_length=3)
    cuts = list(zip(sequences.start.tolist(), sequences.stop.tolist(), strict=True))
    assert cuts == [(4, 7), (1, 4)]  # and the first event alone, which teaches nothing
    assert [whole_targets(sequences, at) for at in range(2)] == [[5, 6], [2, 3]]


def test_windows_overlap_with_history():
    """With an overlap of two each window of four brings two new targets."""
    sequences = of(walk_shop({"u": "abcdefg"}), max_length=4, overlap=2)
    cuts = list(zip(sequences.start.tolist(), sequences.stop.tolist(), strict=True))
    assert cuts == [(3, 7), (1, 5), (0, 3)]
    assert [whole_targets(sequences, at) for at in range(3)] == [[5, 6], [3, 4], [1, 2]]


def whole_targets(sequences: Sequences, window: int) -> list[int]:
    return sequences.batch(np.array([window])).targets.tolist()


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.integers(1, 12), min_size=1, max_size=8),
    st.integers(2, 6),
    st.integers(0, 5),
)
def test_each_target_is_predicted_once(lengths, max_length, overlap):
    overlap = min(overlap, max_length - 2)
    shop = walk_shop({f"u{n}": "abcdefghijkl"[:length] for n, length in enumerate(lengths)})
    sequences = of(shop, max_length=max_length, overlap=overlap)
    seen = [
        row
        for at in range(len(sequences))
        for row in range(sequences.first_target[at], sequences.stop[at])
        if sequences.may_be_target[row]
    ]
    assert len(seen) == len(set(seen))
    assert sequences.n_targets == len(seen)
    assert (sequences.stop - sequences.start <= max_length).all()
    if overlap:  # without it the first event of a window is nobody's target
        assert len(seen) == sum(length - 1 for length in lengths)


@pytest.mark.parametrize("name", sorted(SHOPS))
@pytest.mark.parametrize("batch_tokens", [8, 100])
def test_an_epoch_holds_every_window_once(name, batch_tokens):
    sequences = of(SHOPS[name](), max_length=7)
    batches = sequences.batches(batch_tokens, seed=3, epoch=2)
    assert sorted(np.concatenate([[], *batches]).tolist()) == list(range(len(sequences)))
    lengths = sequences.stop - sequences.start
    for windows in batches:
        assert len(windows) == 1 or len(windows) * lengths[windows].max() <= batch_tokens


def test_the_order_follows_from_seed_and_epoch():
    sequences = of(SHOPS["browsing"]())

    def order(seed: int, epoch: int) -> list[list[int]]:
        return [one.tolist() for one in sequences.batches(20, seed=seed, epoch=epoch)]

    assert order(0, 0) == order(0, 0)
    assert order(0, 0) != order(0, 1)
    assert order(0, 0) != order(1, 0)
