"""The tutorial is run as it is written: block after block, and what it says was printed is."""

from __future__ import annotations

import contextlib
import io
import re
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "tutorial.md"
BLOCK = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def test_the_tutorial_runs_and_prints_what_it_says():
    blocks = BLOCK.findall(PAGE.read_text("utf-8"))
    assert len(blocks) >= 8
    session: dict[str, object] = {"__name__": "tutorial"}
    n_said = 0
    for number, block in enumerate(blocks, start=1):
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            exec(compile(block, f"tutorial, block {number}", "exec"), session)
        said = [line.removeprefix("# → ") for line in block.splitlines() if line.startswith("# → ")]
        assert out.getvalue().splitlines() == said, f"block {number}"
        n_said += len(said)
    assert n_said >= 10


def test_what_it_ends_with_shows_itself_in_a_notebook():
    """The values of the session have a picture for a cell."""
    session: dict[str, object] = {"__name__": "tutorial"}
    with contextlib.redirect_stdout(io.StringIO()):
        for block in BLOCK.findall(PAGE.read_text("utf-8")):
            exec(compile(block, "tutorial", "exec"), session)
    for name in ("ledger", "explanation", "rules", "drivers", "tree", "picture"):
        assert "<svg" in session[name]._repr_html_(), name
    assert "<svg" in session["best"][0]._repr_html_()
