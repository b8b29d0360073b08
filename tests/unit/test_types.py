"""Ledgers by hand; `tests/property/test_ledger.py` has what holds for all."""

from __future__ import annotations

from youli.types import Entry, Evidence, EvidenceKind, Ledger, no_progress


def entry(channel: str, amount: float, *events: int) -> Entry:
    kind = EvidenceKind.HISTORY if events else EvidenceKind.ITEM
    return Entry(channel, Evidence(kind, events=events), amount)


LEDGER = Ledger(
    7,
    (entry("a", 4.0, 0, 1), entry("b", -2.0), entry("a", 1.0, 2), entry("b", 0.5, 2, 3),
     entry("a", 0.25)),
)  # fmt: skip


def test_score_and_sums():
    assert LEDGER.score == 3.75
    assert LEDGER.by_channel() == {"a": 5.25, "b": -1.5}
    tenths = Ledger(0, tuple(entry("a", 0.1) for _ in range(10)))
    assert tenths.score == 1.0, "exactly rounded, which a plain sum is not"
    assert Ledger(0, ()).score == 0.0


def test_the_amount_of_events_needs_all_of_an_entrys_events():
    assert LEDGER.amount_of([0, 1]) == 4.0
    assert LEDGER.amount_of([0]) == 0.0, "half of what it rests on is not enough"
    assert LEDGER.amount_of([2]) == 1.0
    assert LEDGER.amount_of([2, 3]) == 1.5
    assert LEDGER.amount_of(range(9)) == 5.5, "what rests on no event stays"


def test_compact():
    small = LEDGER.compact(2)
    assert small.entries[:2] == LEDGER.entries[:2]
    rest = {e.channel: (e.amount, e.evidence.kind, e.evidence.n_merged) for e in small.entries[2:]}
    assert rest == {
        "a": (1.25, EvidenceKind.REMAINDER, 2),
        "b": (0.5, EvidenceKind.REMAINDER, 1),
    }
    assert (small.item_num, small.score) == (7, 3.75)
    assert LEDGER.compact(99) == LEDGER


def test_silence(capsys):
    no_progress("counting", 0.5)
    assert capsys.readouterr() == ("", "")
