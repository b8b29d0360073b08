"""Photos from the web: only the addresses that the catalogue gives, and nothing beyond them.

A request goes out only where the shop asked for it (`PhotosConfig.fetch`). The answer is read up to
a limit of bytes and of time. A redirect is followed within the same host alone, a few times; so a
catalogue cannot send us from a picture's address into a network that only we can reach. What was
fetched is kept by its address and not asked for again.
"""

from __future__ import annotations

import http.client
import time
import urllib.error
import urllib.request
from email.message import Message
from typing import IO, Any
from urllib.parse import urlsplit

from youli import __version__
from youli.features.photos.config import PhotosConfig
from youli.features.photos.problem import PhotoProblem

__all__ = ["fetch_photo"]

_PIECE_BYTES = 65_536
_HEADERS = {
    "User-Agent": f"youli/{__version__}",
    "Accept": "image/webp,image/png,image/jpeg",
    "Accept-Encoding": "identity",  # a packed answer could unpack to any size
}


class _SameHost(urllib.request.HTTPRedirectHandler):
    """Follows a redirect to the same host; any other is a problem of the photo."""

    max_redirections = 3

    def redirect_request(
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: Message[str, str],
        newurl: str,
    ) -> urllib.request.Request | None:
        """The next request; raises `PhotoProblem` where it would go elsewhere."""
        before, after = urlsplit(req.full_url), urlsplit(newurl)
        same_port = after.port is None or after.port == before.port
        if after.hostname != before.hostname or not same_port:
            fp.close()  # nobody else would
            raise PhotoProblem("redirected to another host", after.netloc.rpartition("@")[2])
        # The stubs know one kind of headers alone.
        return super().redirect_request(req, fp, code, msg, headers, newurl)  # type: ignore[arg-type]


def fetch_photo(address: str, config: PhotosConfig) -> bytes:
    """What the address answers; raises `PhotoProblem`, whose words never hold a password."""
    _check(address)
    until = time.monotonic() + config.deadline_s
    opener = urllib.request.build_opener(_SameHost)
    request = urllib.request.Request(address, headers=_HEADERS)  # noqa: S310 - checked above
    try:
        with opener.open(request, timeout=min(config.timeout_s, config.deadline_s)) as answer:
            return _read(answer, config.max_bytes, until)
    except urllib.error.HTTPError as error:
        error.close()
        raise PhotoProblem("address gives no photo", f"status {error.code}") from error
    except TimeoutError as error:
        raise PhotoProblem("took too long") from error
    except (OSError, http.client.HTTPException, ValueError) as error:
        reason = getattr(error, "reason", error)
        if isinstance(reason, TimeoutError):
            raise PhotoProblem("took too long") from error
        raise PhotoProblem("address cannot be reached", type(reason).__name__) from error


def _check(address: str) -> None:
    try:
        parts = urlsplit(address)
        host = parts.hostname
    except ValueError as error:
        raise PhotoProblem("no address") from error
    if parts.scheme not in ("http", "https") or not host:
        raise PhotoProblem("no address")
    if parts.username is not None:
        raise PhotoProblem("address with a password", host)


def _read(answer: Any, max_bytes: int, until: float) -> bytes:
    """Read piece by piece, so that neither an endless nor a trickling answer is waited for."""
    said = answer.headers.get("Content-Length", "")
    if said.isdecimal() and int(said) > max_bytes:
        raise PhotoProblem("too many bytes", f"{int(said):,}")
    found = bytearray()
    while piece := answer.read1(_PIECE_BYTES):
        found += piece
        if len(found) > max_bytes:
            raise PhotoProblem("too many bytes", f"more than {max_bytes:,}")
        if time.monotonic() > until:
            raise PhotoProblem("took too long")
    if said.isdecimal() and len(found) < int(said):
        raise PhotoProblem("answer broke off", f"{len(found):,} of {int(said):,} bytes")
    return bytes(found)
