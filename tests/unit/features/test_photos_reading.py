"""Files and addresses of photos: what is read, what is refused, and what is asked of whom."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pyarrow as pa
import pytest

from youli.data.shop import Catalogue
from youli.errors import SourceError
from youli.features.photos.cache import BlobCache
from youli.features.photos.config import PhotosConfig
from youli.features.photos.fetch import fetch_photo
from youli.features.photos.files import is_web_address, read_file
from youli.features.photos.problem import PhotoProblem
from youli.features.photos.reading import PhotoReader, Problems, addresses_of

QUICK = PhotosConfig(fetch=True, max_bytes=100_000, timeout_s=0.4, deadline_s=1.0)


def kind_of(ask: Callable[[], object]) -> str:
    with pytest.raises(PhotoProblem) as caught:
        ask()
    return caught.value.kind


class _Shop(BaseHTTPRequestHandler):
    """A shop's picture server with every bad habit; it notes what it is asked."""

    def do_GET(self) -> None:
        self.server.asked.append(self.path)  # type: ignore[attr-defined]
        answer = getattr(self, f"_{self.path.strip('/').split('?')[0].replace('-', '_')}")
        with suppress(BrokenPipeError, ConnectionResetError):  # the other side had enough
            answer()

    def _start(self, status: int = 200, **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()

    def _good(self) -> None:
        self._start(Content_Length="7")
        self.wfile.write(b"picture")

    def _gone(self) -> None:
        self._start(404)

    def _for_ever(self) -> None:
        self._start()
        for _ in range(10_000):
            self.wfile.write(bytes(10_000))

    def _trickle(self) -> None:
        self._start()
        for _ in range(100):
            self.wfile.write(b"x")
            self.wfile.flush()
            time.sleep(0.1)

    def _silent(self) -> None:
        time.sleep(1.5)

    def _says_long(self) -> None:
        self._start(Content_Length="999999999")

    def _short(self) -> None:
        self._start(Content_Length="100")
        self.wfile.write(b"only this")

    def _near(self) -> None:
        self._start(302, Location="/good")

    def _round(self) -> None:
        self._start(302, Location="/round")

    def _elsewhere(self) -> None:
        port = self.server.server_address[1]
        self._start(302, Location=f"http://localhost:{port}/good")  # we are 127.0.0.1

    def _port(self) -> None:
        self._start(302, Location="http://127.0.0.1:1/good")

    def _file(self) -> None:
        self._start(302, Location="file:///etc/hostname")

    def log_message(self, *_args: object) -> None:
        pass


@pytest.fixture
def web() -> Iterator[tuple[str, list[str]]]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Shop)
    server.daemon_threads = True
    server.asked = []  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}", server.asked  # type: ignore[attr-defined]
    server.shutdown()
    thread.join()
    server.server_close()


class TestWeb:
    def test_a_photo(self, web):
        assert fetch_photo(f"{web[0]}/good", QUICK) == b"picture"

    def test_a_redirect_on_the_same_host_is_followed(self, web):
        assert fetch_photo(f"{web[0]}/near", QUICK) == b"picture"

    @pytest.mark.parametrize(
        ("path", "kind"),
        [
            ("gone", "address gives no photo"),
            ("for-ever", "too many bytes"),
            ("says-long", "too many bytes"),
            ("trickle", "took too long"),
            ("silent", "took too long"),
            ("short", "answer broke off"),
            ("round", "address gives no photo"),
            ("elsewhere", "redirected to another host"),
            ("port", "redirected to another host"),
            ("file", "address gives no photo"),
        ],
    )
    def test_what_is_refused_and_soon(self, web, path, kind):
        started = time.monotonic()
        assert kind_of(lambda: fetch_photo(f"{web[0]}/{path}", QUICK)) == kind
        assert time.monotonic() - started < 8  # the deadline is 1 s; the machine may be busy
        if path == "elsewhere":
            assert web[1] == ["/elsewhere"]  # the other host was not asked

    @pytest.mark.parametrize(
        "address",
        ["http://", "http:///x.jpg", "http://[::1", "ftp://here/x.jpg", "file:///etc/hostname"],
    )
    def test_what_is_no_address(self, address):
        assert kind_of(lambda: fetch_photo(address, QUICK)) == "no address"

    def test_a_password_is_refused_and_not_repeated(self):
        with pytest.raises(PhotoProblem) as caught:
            fetch_photo("https://me:secret@shop.example/x.jpg", QUICK)
        assert "secret" not in str(caught.value)

    def test_an_unknown_host(self):
        ask = lambda: fetch_photo("http://no-such-host.invalid/x.jpg", QUICK)  # noqa: E731
        assert kind_of(ask) == "address cannot be reached"


class TestFiles:
    @pytest.fixture
    def folder(self, tmp_path: Path) -> Path:
        (tmp_path / "photos" / "deep").mkdir(parents=True)
        (tmp_path / "photos" / "a.jpg").write_bytes(b"a")
        (tmp_path / "photos" / "deep" / "b c.jpg").write_bytes(b"b")
        (tmp_path / "secret.jpg").write_bytes(b"secret")
        return tmp_path / "photos"

    def test_relative_absolute_and_file_addresses(self, folder):
        for address in ("a.jpg", str(folder / "a.jpg"), f"file://{folder}/a.jpg", "deep/../a.jpg"):
            assert read_file(address, [folder], 10) == b"a"
        assert read_file(f"file://{folder}/deep/b%20c.jpg", [folder], 10) == b"b"

    def test_folders_are_looked_into_in_their_order(self, folder):
        other = folder.parent / "other"
        other.mkdir()
        (other / "a.jpg").write_bytes(b"other")
        assert read_file("a.jpg", [folder, other], 10) == b"a"
        assert read_file("a.jpg", [other, folder], 10) == b"other"
        assert read_file("deep/b c.jpg", [other, folder], 10) == b"b"

    def test_nothing_outside_the_folders(self, folder):
        (folder / "link.jpg").symlink_to(folder.parent / "secret.jpg")
        for address in ("../secret.jpg", str(folder.parent / "secret.jpg"), "link.jpg"):
            assert kind_of(lambda one=address: read_file(one, [folder], 10)) == (
                "outside the photo folders"
            )

    @pytest.mark.parametrize(
        ("address", "kind"),
        [("none.jpg", "missing file"), ("deep", "file cannot be read"),
         (".", "file cannot be read"), ("a.jpg/x", "missing file"),
         ("nul\0.jpg", "file cannot be read"),
         ("n" * 5000, "file cannot be read")],
    )  # fmt: skip
    def test_what_is_no_file(self, folder, address, kind):
        assert kind_of(lambda: read_file(address, [folder], 10)) == kind

    def test_a_pipe_is_not_waited_for(self, folder):
        os.mkfifo(folder / "pipe.jpg")
        assert kind_of(lambda: read_file("pipe.jpg", [folder], 10)) == "no plain file"

    def test_a_long_file(self, folder):
        (folder / "long.jpg").write_bytes(bytes(11))
        assert kind_of(lambda: read_file("long.jpg", [folder], 10)) == "too many bytes"
        assert len(read_file("long.jpg", [folder], 11)) == 11


def test_addresses_of_a_catalogue():
    cells = ["a.jpg", None, "", " b.jpg ", "c.jpg|d.jpg", '["e.jpg", "f.jpg"]', "[]", "[broken"]
    table = pa.table({"item_id": [str(n) for n in range(len(cells))], "image_url": cells})
    assert addresses_of(Catalogue(table)) == ["a.jpg", "", "", "b.jpg", "c.jpg", "e.jpg", "", ""]
    assert addresses_of(Catalogue(table.drop_columns("image_url"))) == [""] * len(cells)
    assert is_web_address("HTTPS://x/y.jpg")
    assert not is_web_address("httpsomething.jpg")


class TestReader:
    def reader(self, tmp_path: Path, config: PhotosConfig, items: dict[str, list[str]]):
        problems = Problems(items, strict=config.strict)
        cache = BlobCache(tmp_path / "cache", "photos")
        folders = () if config.folder is None else (config.folder,)
        return PhotoReader(config, folders, cache, problems), problems

    def test_the_web_is_asked_only_where_it_is_allowed_and_once(self, tmp_path, web):
        address = f"{web[0]}/good"
        shy, problems = self.reader(tmp_path, PhotosConfig(folder=tmp_path), {address: ["1", "2"]})
        assert list(shy.batches([address])) == [[]]
        assert problems.document()["problems"] == {"a web address, and fetching is off": 2}
        for n_fetched in (1, 0):
            reader, _ = self.reader(tmp_path, QUICK, {address: ["1"]})
            [[photo]] = reader.batches([address])
            assert (photo.data, reader.n_fetched) == (b"picture", n_fetched)
        assert web[1] == ["/good"]

    def test_troubles_are_counted_and_named_without_keys_of_addresses(self, tmp_path, web):
        gone, lost = f"{web[0]}/gone?key=secret", "lost.jpg"
        reader, problems = self.reader(
            tmp_path, QUICK.model_copy(update={"folder": tmp_path}), {gone: ["1"], lost: ["2", "3"]}
        )
        assert list(reader.batches([gone, lost])) == [[]]
        document = problems.document()
        assert document["problems"] == {"missing file": 2, "address gives no photo": 1}
        assert "secret" not in str(document)
        assert [row["item_id"] for row in document["problem_rows"]] == ["1", "2", "3"]

    def test_strict(self, tmp_path):
        config = PhotosConfig(folder=tmp_path, strict=True)
        reader, _ = self.reader(tmp_path, config, {"lost.jpg": ["42"]})
        with pytest.raises(SourceError, match=r"product '42'.*missing file") as caught:
            list(reader.batches(["lost.jpg"]))
        assert "image_url lost.jpg" in str(caught.value)


class TestCache:
    def test_what_was_put_is_there_for_the_next(self, tmp_path):
        BlobCache(tmp_path, "n").put("key/with/slashes" * 50, b"body")
        assert BlobCache(tmp_path, "n").get("key/with/slashes" * 50) == b"body"
        assert BlobCache(tmp_path, "other").get("key/with/slashes" * 50) is None

    def test_a_damaged_file_is_noticed_and_made_again(self, tmp_path):
        cache = BlobCache(tmp_path, "n")
        cache.put("k", b"body")
        [file] = [one for one in tmp_path.rglob("*") if one.is_file()]
        for damage in (b"", b"short", file.read_bytes()[:-1] + b"?"):
            file.write_bytes(damage)
            assert cache.get("k") is None
        assert cache.n_damaged == 3
        cache.put("k", b"body")
        assert cache.get("k") == b"body"

    def test_a_disk_that_refuses(self, tmp_path):
        (tmp_path / "n").write_text("a file where the folder should be")
        cache = BlobCache(tmp_path, "n")
        cache.put("k", b"body")
        assert cache.get("k") == b"body"
        assert cache.n_refused == 1

    def test_nothing_half_written_stays(self, tmp_path, monkeypatch):
        def full(*_args):
            raise OSError("no space left")

        cache = BlobCache(tmp_path, "n")
        monkeypatch.setattr(os, "replace", full)
        cache.put("k", b"body")
        assert [one for one in tmp_path.rglob("*") if one.is_file()] == []
        assert cache.get("k") == b"body"
