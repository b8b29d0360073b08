"""Lists of a conversation."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from youli.dialogue.listing import _beside_config
from youli.rank.ranker import RankConfig


@pytest.mark.parametrize("mask", [None, [True, True, False]])
def test_what_is_never_listed_is_not_listed_beside_a_product_either(mask):
    """Such as what the shop deleted."""
    served = RankConfig(allowed=np.array([True, False, True]), declined=frozenset({2}))
    turn = SimpleNamespace(ranker=SimpleNamespace(config=served))
    made = _beside_config(turn, None if mask is None else np.array(mask))
    assert made.allowed is not None
    assert made.allowed.tolist() == ([True, False, True] if mask is None else [True, False, False])
    assert made.declined == served.declined
