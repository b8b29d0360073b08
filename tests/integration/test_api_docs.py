"""The examples of `docs/api.md` are answered as they stand there, in their order."""

from __future__ import annotations

import json
import re
from pathlib import Path

from youli_serving import asking

from youli.engine import Engine

ROOT = Path(__file__).parents[2]
EXAMPLE = re.compile(
    r"^    (GET|POST|PATCH|DELETE) (/api/\S+)(?: ([\[{].*[\]}]))?\n(?:    → (\{.*\})\n)?",
    re.MULTILINE,
)


def first_integration() -> list[tuple[str, str, str, str]]:
    page = (ROOT / "docs" / "api.md").read_text("utf-8")
    section = page.split("## A first integration")[1].split("\n## ")[0]
    return EXAMPLE.findall(section)


def test_every_example_is_answered_as_it_says(engine: Engine) -> None:
    found = first_integration()
    assert len(found) >= 18
    assert sum(bool(said) for *_, said in found) >= len(found) - 1
    with asking(engine) as client:
        for method, where, body, said in found:
            content = json.loads(body) if body else None
            answer = client.request(method, where, json=content)
            assert answer.status_code in (200, 201), (method, where, answer.text)
            told = answer.json()
            for name, value in (json.loads(said) if said else {}).items():
                assert told[name] == value, (method, where)
