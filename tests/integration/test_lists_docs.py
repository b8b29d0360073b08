"""The examples of `docs/lists.md` and `docs/rules.md` are answered as they stand there."""

from __future__ import annotations

import json
import re
from pathlib import Path
from urllib.parse import quote

import pytest
from youli_serving import asking

from youli.engine import Engine

ROOT = Path(__file__).parents[2]
EXAMPLE = re.compile(r"^    (GET|POST) (/api/[^\n{]+?)(?: (\{.*\}))?$", re.MULTILINE)


def examples(page: str) -> list[tuple[str, str, str]]:
    return EXAMPLE.findall((ROOT / "docs" / page).read_text("utf-8"))


def test_every_example_is_answered(engine: Engine) -> None:
    found = [one for page in ("lists.md", "rules.md") for one in examples(page)]
    assert len(found) >= 15
    with asking(engine) as client:
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
