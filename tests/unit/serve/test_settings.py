"""What a server may be told."""

from __future__ import annotations

import pytest
from pydantic import SecretStr, ValidationError

from youli.serve.settings import ServeConfig, is_loopback


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.8.8", "::1", "[::1]", "localhost"])
def test_addresses_of_this_machine_alone(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "10.0.0.4", "shop.example", ""])
def test_addresses_that_others_reach(host: str) -> None:
    assert not is_loopback(host)


def test_every_start_has_a_key_of_its_own_that_is_not_shown() -> None:
    one, two = ServeConfig(), ServeConfig()
    assert one.api_key != two.api_key
    assert len(one.api_key.get_secret_value()) >= 32
    assert one.api_key.get_secret_value() not in repr(one)


def test_a_misspelt_setting_is_an_error() -> None:
    with pytest.raises(ValidationError):
        ServeConfig(api_kye=SecretStr("x"))  # type: ignore[call-arg]
