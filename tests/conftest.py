"""For all tests: the network is off, and in CI a skip for want of a tool is a failure.

With ``YOULI_REQUIRE_ALL=1`` every skip fails the run and says why, so that a missing browser or
database cannot pass for tested. Two kinds of skip stay skips, and are counted at the end: tests
marked ``shared`` (real data that lies outside the repository) and ``privileged`` (rights that a
container may withhold). Both have a twin that needs neither.
"""

from __future__ import annotations

import ipaddress
import os
import socket
from collections.abc import Generator, Iterator
from typing import Any

import pytest

#: Markers of tests that may be skipped even where everything is required.
MAY_SKIP = ("shared", "privileged")
#: Tests that are run inside another test run need it: `tests/meta/test_conftest.py`.
pytest_plugins = ("pytester",)


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "privileged: needs rights that a container may withhold")


def _all_required() -> bool:
    return os.environ.get("YOULI_REQUIRE_ALL") == "1"


def _fail(report: pytest.TestReport | pytest.CollectReport) -> None:
    reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    reason = str(reason).removeprefix("Skipped: ")
    report.outcome = "failed"
    report.longrepr = (
        f"{report.nodeid} would be skipped: {reason}\n"
        "YOULI_REQUIRE_ALL=1 lets no test be skipped: install what it needs "
        "(tools/system_packages.sh, `make test`), or unset the variable to skip it."
    )


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    exempt = any(item.get_closest_marker(name) for name in MAY_SKIP)
    if report.skipped and not hasattr(report, "wasxfail") and _all_required() and not exempt:
        _fail(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    report = yield
    if report.skipped and _all_required():
        _fail(report)
    return report


class NetworkIsOff(RuntimeError):
    """A test asked for another machine."""


def _is_here(address: Any) -> bool:
    """Whether an address is this machine's own: a path, loopback, or a name of it."""
    if not isinstance(address, tuple):
        return True
    host = address[0]
    if host in {"localhost", ""}:
        return True
    try:
        return ipaddress.ip_address(host.partition("%")[0]).is_loopback
    except ValueError:
        return False


def _is_number(host: str) -> bool:
    """Whether an address needs no looking up."""
    try:
        ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return False
    return True


@pytest.fixture(autouse=True, scope="session")
def cache_of_this_run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Vectors are kept for this run alone, that of processes that tests start included."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("YOULI_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture(autouse=True, scope="session")
def network_is_off() -> Iterator[None]:
    """No socket of this process may leave the machine, and no name is looked up elsewhere."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("connect", "connect_ex"):
            patch.setattr(socket.socket, name, _guarded(getattr(socket.socket, name)))
        looked_up = socket.getaddrinfo

        def getaddrinfo(host: Any, *args: Any, **kwargs: Any) -> Any:
            text = host.decode() if isinstance(host, bytes) else host
            if text is not None and not _is_here((text,)) and not _is_number(text):
                # As on a machine without a network, at once.
                said = f"tests use no network, but {text!r} was looked up"
                raise socket.gaierror(socket.EAI_NONAME, said)
            return looked_up(host, *args, **kwargs)

        patch.setattr(socket, "getaddrinfo", getaddrinfo)
        yield


def _guarded(real: Any) -> Any:
    def guarded(self: socket.socket, address: Any) -> Any:
        if self.family != getattr(socket, "AF_UNIX", None) and not _is_here(address):
            raise NetworkIsOff(f"tests use no network, but {address!r} was asked for")
        return real(self, address)

    return guarded
