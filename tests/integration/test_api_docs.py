"""The examples of `docs/api.md` are answered as they stand there, in their order."""

from __future__ import annotations

import importlib.util
import json
import re
import sys
from pathlib import Path
from typing import Any

from httpx import Client
from pydantic import SecretStr

from youli.serve.app import create_app
from youli.serve.settings import ServeConfig

ROOT = Path(__file__).parents[2]
KEY = "a key of these tests"
EXAMPLE = re.compile(
    r"^    (GET|POST|PATCH|DELETE) (/api/\S+)(?: ([\[{].*[\]}]))?\n(?:    → (\{.*\})\n)?",
    re.MULTILINE,
)


def _tiny() -> Any:
    path = ROOT / "tests" / "e2e" / "tiny.py"
    spec = importlib.util.spec_from_file_location("youli_tiny_shop", path)
    assert spec is not None
    assert spec.loader is not None
    module = sys.modules.setdefault(spec.name, importlib.util.module_from_spec(spec))
    if not hasattr(module, "tiny_engine"):
        spec.loader.exec_module(module)
    return module


def first_integration() -> list[tuple[str, str, str, str]]:
    page = (ROOT / "docs" / "api.md").read_text("utf-8")
    section = page.split("## A first integration")[1].split("\n## ")[0]
    return EXAMPLE.findall(section)


def test_every_example_is_answered_as_it_says(tmp_path: Path) -> None:
    found = first_integration()
    assert len(found) >= 18
    assert sum(bool(said) for *_, said in found) >= len(found) - 1
    app = create_app(_tiny().tiny_engine(tmp_path / "SHOP"), ServeConfig(api_key=SecretStr(KEY)))
    with (
        _tiny().running(app) as address,
        Client(base_url=address, headers={"X-API-Key": KEY}, timeout=30) as client,
    ):
        for method, where, body, said in found:
            content = json.loads(body) if body else None
            answer = client.request(method, where, json=content)
            assert answer.status_code in (200, 201), (method, where, answer.text)
            told = answer.json()
            for name, value in (json.loads(said) if said else {}).items():
                assert told[name] == value, (method, where)
