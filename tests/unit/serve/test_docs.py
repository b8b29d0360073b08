"""`docs/api.md` names every address, parameter of a limit and error code that there is."""

from __future__ import annotations

import re
from pathlib import Path

from fastapi.routing import APIRoute
from typer import Typer
from typer.main import get_command

from youli.cli.serve import serve
from youli.serve.intake import _MESSAGES
from youli.serve.routes import ROUTERS
from youli.serve.settings import ServeConfig

ROOT = Path(__file__).parents[3]
DOCS = (ROOT / "docs" / "api.md").read_text("utf-8")
SERVE = ROOT / "src" / "youli" / "serve"


def test_every_route_is_documented() -> None:
    routes = [route for router in ROUTERS for route in router.routes]
    shown = [r for r in routes if isinstance(r, APIRoute) and r.include_in_schema]
    assert len(shown) > 8
    for route in shown:
        path = re.sub(r"\{(\w+?)(_id)?(:path)?\}", r"{\1}", route.path)
        for method in route.methods:
            name = path.rpartition("/")[2] if "health" in path else path
            assert name in DOCS, path
            assert "health" in path or f"{method} {path}" in DOCS, f"{method} {path}"


def test_every_error_code_is_documented() -> None:
    codes = set(_MESSAGES)
    for script in SERVE.rglob("*.py"):
        codes |= set(re.findall(r'ApiError\(\s*\d+,\s*"(\w+)"', script.read_text("utf-8")))
    assert "too_large" in codes
    assert {code for code in codes if f"`{code}`" not in DOCS} == set()


def test_the_limits_are_those_of_the_settings() -> None:
    config = ServeConfig()
    for number in (
        config.max_events_per_request,
        config.max_live_shoppers,
        config.max_live_events_per_shopper,
        int(config.key_rate_per_s),
    ):
        assert f"{number:,}" in DOCS
    assert f"{config.session_s // 3600} hours" in DOCS
    assert f"{int(config.page_rate_per_s)} requests a second" in DOCS


def test_the_options_that_open_the_shop_are_documented() -> None:
    app = Typer()
    app.command()(serve)
    options = {name for parameter in get_command(app).params for name in parameter.opts}
    for option in ("--host", "--api-key", "--expose-store", "--allow-host", "--verbose"):
        assert option in options
        assert option in DOCS
