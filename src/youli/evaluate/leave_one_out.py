"""Sequences, leave one out: a shopper's last product is the test, the one before the validation.

Models learn from everything before those two and may tune on the validation; at test time the
history holds the validation product. The whole catalogue is ranked except the history. This is the
protocol of SASRec (Kang and McAuley 2018) without its sampled negatives.
"""

from __future__ import annotations

from dataclasses import dataclass

from youli.data.shop import Shop
from youli.data.split import Split, leave_last_out

__all__ = ["Splits", "splits"]


@dataclass(frozen=True)
class Splits:
    """The same training part, with the validation cases and with the test cases."""

    valid: Split
    test: Split


def splits(shop: Shop) -> Splits:
    """Hide each shopper's last two events; `NotEnoughDataError` where nobody has three."""
    return Splits(
        valid=leave_last_out(shop, n_last=2, n_hidden=2),
        test=leave_last_out(shop, n_last=1, n_hidden=2),
    )
