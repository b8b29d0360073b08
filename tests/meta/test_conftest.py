"""The rules that `tests/conftest.py` sets for all other tests do hold."""

from __future__ import annotations

import re
import socket
import urllib.request
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]

SKIPS = """
import pytest

def test_runs(): pass

@pytest.mark.skip(reason="no browser here")
def test_marked(): pass

def test_called(): pytest.skip("no database here")

@pytest.fixture
def server(): pytest.skip("no server here")

def test_set_up(server): pass

@pytest.mark.shared
def test_of_data(): pytest.skip("no data here")

@pytest.mark.privileged
def test_of_mounting(): pytest.skip("may not mount")

@pytest.mark.xfail(reason="known", strict=True)
def test_known(): assert False
"""
MODULE = "import pytest\npytest.importorskip('no_such_module_of_youli')\n"


@pytest.fixture
def inner(pytester: pytest.Pytester) -> pytest.Pytester:
    """An empty project with our conftest."""
    text = (TESTS / "conftest.py").read_text()
    pytester.makeconftest(text.replace('pytest_plugins = ("pytester",)', ""))
    pytester.makeini("[pytest]\nmarkers =\n    shared: data\naddopts = -p no:hypothesispytest")
    return pytester


def test_by_default_a_skip_is_a_skip(inner, monkeypatch):
    monkeypatch.delenv("YOULI_REQUIRE_ALL", raising=False)
    inner.makepyfile(test_one=SKIPS, test_two=MODULE)
    inner.runpytest().assert_outcomes(passed=1, skipped=6, xfailed=1)


def test_where_all_is_required_a_skip_fails_with_its_reason(inner, monkeypatch):
    monkeypatch.setenv("YOULI_REQUIRE_ALL", "1")
    inner.makepyfile(test_one=SKIPS)
    result = inner.runpytest()
    # A call fails, a mark and a fixture err; data and mounting may be skipped; xfail is no skip.
    result.assert_outcomes(passed=1, failed=1, errors=2, skipped=2, xfailed=1)
    for reason in ("no browser here", "no database here", "no server here"):
        result.stdout.fnmatch_lines([f"*would be skipped: {reason}*"])
    result.stdout.fnmatch_lines(["*YOULI_REQUIRE_ALL=1 lets no test be skipped: install*"])


def test_where_all_is_required_a_module_that_skips_itself_fails(inner, monkeypatch):
    monkeypatch.setenv("YOULI_REQUIRE_ALL", "1")
    inner.makepyfile(test_two=MODULE)
    result = inner.runpytest()
    assert result.ret != 0
    result.stdout.fnmatch_lines(["*would be skipped: could not import*"])


@pytest.mark.parametrize("address", [("192.0.2.1", 80), ("2001:db8::1", 80), ("example.org", 80)])
def test_no_socket_leaves_this_machine(address):
    family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
    with socket.socket(family) as one:
        one.settimeout(0.2)
        with pytest.raises(RuntimeError, match="tests use no network"):
            one.connect(address)
        with pytest.raises(RuntimeError, match="tests use no network"):
            one.connect_ex(address)


def test_no_name_is_looked_up():
    with pytest.raises(OSError, match=re.escape("'example.org' was looked up")):
        urllib.request.urlopen("http://example.org/", timeout=0.2)


def test_loopback_works():
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        for host in ("127.0.0.1", "localhost"):
            with socket.create_connection((host, port), timeout=5):
                pass
