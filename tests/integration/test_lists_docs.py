"""The examples of `docs/lists.md` and `docs/rules.md` are answered as they stand there."""

from __future__ import annotations

import importlib.util
import json
import re
import sys
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from httpx import Client
from pydantic import SecretStr

from youli.serve.app import create_app
from youli.serve.settings import ServeConfig

ROOT = Path(__file__).parents[2]
KEY = "a key of these tests"
EXAMPLE = re.compile(r"^    (GET|POST) (/api/[^\n{]+?)(?: (\{.*\}))?$", re.MULTILINE)


def examples(page: str) -> list[tuple[str, str, str]]:
    return EXAMPLE.findall((ROOT / "docs" / page).read_text("utf-8"))


def _tiny() -> Any:
    path = ROOT / "tests" / "e2e" / "tiny.py"
    spec = importlib.util.spec_from_file_location("youli_tiny_shop", path)
    assert spec is not None
    assert spec.loader is not None
    module = sys.modules.setdefault(spec.name, importlib.util.module_from_spec(spec))
    if not hasattr(module, "tiny_engine"):
        spec.loader.exec_module(module)
    return module


def test_every_example_is_answered(tmp_path: Path) -> None:
    engine = _tiny().tiny_engine(tmp_path / "SHOP")
    app = create_app(engine, ServeConfig(api_key=SecretStr(KEY)))
    found = [one for page in ("lists.md", "rules.md") for one in examples(page)]
    assert len(found) >= 15
    with (
        _tiny().running(app) as address,
        Client(base_url=address, headers={"X-API-Key": KEY}, timeout=30) as client,
    ):
        for method, where, body in found:
            content = json.loads(body) if body else None
            answer = client.request(method, quote(where, safe="/?&="), json=content)
            assert answer.status_code in (200, 201), (where, answer.text)
            assert answer.json()


def test_an_example_that_is_wrong_would_be_found() -> None:
    assert EXAMPLE.findall('    GET /api/x?filter=a < 3\n    POST /api/y {"a": {}}\n') == [
        ("GET", "/api/x?filter=a < 3", ""),
        ("POST", "/api/y", '{"a": {}}'),
    ]


@pytest.mark.parametrize("page", ["lists.md", "rules.md"])
def test_each_page_has_examples(page: str) -> None:
    assert len(examples(page)) >= 4
