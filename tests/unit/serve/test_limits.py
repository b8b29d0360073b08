"""How much one client may ask for."""

from __future__ import annotations

from youli.serve.limits import RateLimiter


def test_a_burst_passes_and_then_the_rate_decides() -> None:
    now = [0.0]
    limiter = RateLimiter(2.0, 3, clock=lambda: now[0])
    assert [limiter.wait_s("a") for _ in range(3)] == [0.0, 0.0, 0.0]
    assert limiter.wait_s("a") == 0.5
    now[0] = 0.5
    assert limiter.wait_s("a") == 0.0
    assert limiter.wait_s("a") > 0.0


def test_clients_do_not_share_a_bucket() -> None:
    limiter = RateLimiter(1.0, 1, clock=lambda: 0.0)
    assert limiter.wait_s("a") == 0.0
    assert limiter.wait_s("b") == 0.0
    assert limiter.wait_s("a") > 0.0


def test_the_number_of_remembered_clients_is_bounded() -> None:
    limiter = RateLimiter(1.0, 1, capacity=2, clock=lambda: 0.0)
    for client in "abc":
        limiter.wait_s(client)
    assert limiter.wait_s("c") > 0.0
    assert limiter.wait_s("a") == 0.0, "the oldest was forgotten"
