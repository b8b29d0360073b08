"""Text files as they occur: gzip, any encoding, damage; each answered with its row.

A file that is valid UTF-8 is read where it lies. Any other encoding is found and the text copied
to a temporary UTF-8 file, so that the engine meets one encoding only.
"""

from __future__ import annotations

import codecs
import gzip
import io
import re
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from charset_normalizer import from_bytes

from youli.data.sources.base import UnreadableRowError, existing_file
from youli.errors import SourceError

__all__ = ["MAX_LINE_BYTES", "DamagedText", "TextFile", "damaged_text", "open_text"]

#: A record longer than this is a broken quote or no text at all; real descriptions are far shorter.
MAX_LINE_BYTES = 4 * 1024 * 1024
_BLOCK = 1024 * 1024
_LINE_ENDS = ("\n", "\r", b"\n", b"\r")
#: Bytes that could not be decoded, as `surrogateescape` leaves them.
_ESCAPED = re.compile("[\udc80-\udcff]")
_SAMPLE_BYTES = 256 * 1024
#: Above this share of lines that are valid UTF-8 by more than chance, two encodings are mixed.
_MIXED_SHARE = 0.1
#: Above this share of lines with zero bytes, a file is no text.
_BINARY_SHARE = 0.1
_GZIP_MAGIC = b"\x1f\x8b"
_FOREIGN = {
    b"PAR1": "a Parquet file: give it the ending .parquet",
    b"PK\x03\x04": "a zip or Excel file: export it as CSV (UTF-8)",
    b"SQLite format 3": "an SQLite database: name it as sqlite:///path#table",
    b"\xd0\xcf\x11\xe0": "an old Excel file: export it as CSV (UTF-8)",
    b"\x28\xb5\x2f\xfd": "a zstd archive: unpack it first",
    b"BZh": "a bzip2 archive: unpack it first",
    b"%PDF": "a PDF: export the table behind it as CSV",
}
_MANY_BYTE_ENCODINGS = [
    "gb18030", "big5", "shift_jis", "euc_jp", "euc_kr", "cp1251", "koi8_r", "cp1253", "cp1255",
    "cp1256", "cp874",
]  # fmt: skip


@dataclass(frozen=True)
class TextFile:
    """A text file that the engine can read as UTF-8."""

    path: Path
    encoding: str
    gzipped: bool


def open_text(spec: str, folder: Path, *, encoding: str | None = None) -> TextFile:
    """Check a text file from end to end and give a path that is UTF-8.

    Raises `SourceError` naming the row for a truncated archive or a binary file, and
    `UnreadableRowError` for mixed encodings and overlong lines.
    """
    path, gzipped, start, found = _looked_at(spec, encoding)
    if found in (None, "utf-8", "utf-8-sig") and _is_utf8(path, gzipped, spec):
        marked = start.startswith(codecs.BOM_UTF8)
        return TextFile(path, "utf-8-sig" if marked else "utf-8", gzipped)
    found = found or _guess(path, gzipped, spec)
    copy = folder / f"{path.name}-{abs(hash(spec)):x}.utf8"
    _transcode(path, gzipped, found, copy, spec)
    return TextFile(copy, found, gzipped=False)


@dataclass(frozen=True)
class DamagedText:
    """A text file of which some rows are not in its encoding, or otherwise unreadable."""

    path: Path
    encoding: str
    gzipped: bool
    #: The file is not UTF-8, but some of its rows are.
    holds_utf8: bool
    spec: str

    @contextmanager
    def lines(self) -> Iterator[Iterator[tuple[str, bool]]]:
        """Lines with their ends, and whether one is longer than `MAX_LINE_BYTES` (then cut).

        Any line end counts. What is not in the encoding is marked by lone surrogates (by U+FFFD
        in UTF-16), as `codecs` does.
        """
        errors = "replace" if self.encoding.startswith("utf-16") else "surrogateescape"
        with (
            _opened(self.path, self.gzipped) as stream,
            io.TextIOWrapper(stream, self.encoding, errors=errors, newline="") as text,
        ):
            yield _bounded_lines(text, self.spec)

    def head(self) -> str:
        """The beginning of the file, long enough for its header."""
        with self.lines() as lines:
            start = ""
            for line, _ in lines:
                start += line
                if len(start) >= _SAMPLE_BYTES:
                    break
            return start.removeprefix("\ufeff")

    def trouble(self, text: str) -> str:
        """What is wrong with the encoding of a row, or nothing."""
        if "\0" in text:
            return "zero bytes"
        if text.isascii():
            return ""
        if self.encoding.startswith("utf-16"):
            return f"not {self.encoding} text" if "\ufffd" in text else ""
        if _ESCAPED.search(text):
            return f"not {self.encoding} text"
        if self.holds_utf8:
            try:
                text.encode(self.encoding).decode("utf-8")
            except UnicodeError:
                return ""
            return f"UTF-8 text in a file of {self.encoding}"
        return ""

    def shown(self, text: str) -> str:
        """Text that can be stored: bytes that are not in the encoding are written like \\xe9."""
        if not _ESCAPED.search(text):
            return text
        raw = text.encode(self.encoding, errors="surrogateescape")
        return raw.decode(self.encoding, errors="backslashreplace")


def damaged_text(spec: str, *, encoding: str | None = None) -> DamagedText:
    """Settle the encoding of most rows of a file for which `open_text` met an unreadable one."""
    path, gzipped, _start, found = _looked_at(spec, encoding)
    if found is not None:
        return DamagedText(path, found, gzipped, holds_utf8=False, spec=spec)
    with _opened(path, gzipped) as stream:
        census = _census(line for line, _ in _bounded_lines(stream, spec))
    if census.n_utf8 >= census.n_other:
        return DamagedText(path, "utf-8", gzipped, holds_utf8=False, spec=spec)
    return DamagedText(path, census.encoding(), gzipped, census.is_mixed(), spec)


def _looked_at(spec: str, encoding: str | None) -> tuple[Path, bool, bytes, str | None]:
    """The path, whether it is an archive, its first block, and its encoding where that is told."""
    path = existing_file(spec)
    with path.open("rb") as file:
        gzipped = file.read(64).startswith(_GZIP_MAGIC)
    with _opened(path, gzipped) as stream:
        start = _first_block(stream, spec)
    found = encoding or _by_mark(start)
    if found is None and _is_binary(start):
        raise _binary(spec, start)
    return path, gzipped, start, found


def _opened(path: Path, gzipped: bool) -> BinaryIO:
    # Both read bytes; their stubs share no type that says so.
    return gzip.open(path, "rb") if gzipped else path.open("rb")  # type: ignore[return-value]


def _first_block(stream: BinaryIO, spec: str) -> bytes:
    start = next(_blocks(stream, spec), b"")
    if not start.strip():
        raise SourceError("the file is empty", where=spec, hint="export it again")
    for magic, what in _FOREIGN.items():
        if start.startswith(magic):
            raise SourceError(f"this is {what.split(':')[0]}", where=spec, hint=what)
    return start


def _bounded_lines(stream: Any, spec: str) -> Iterator[tuple[Any, bool]]:
    """Lines of text or bytes with their ends, cut where they are too long, and whether so."""
    row = 0
    while True:
        with _whole_archive(spec, row):
            line = part = stream.readline(MAX_LINE_BYTES)
            cut = False
            while len(part) == MAX_LINE_BYTES and part[-1:] not in _LINE_ENDS:
                part = stream.readline(MAX_LINE_BYTES)
                cut = cut or len(part) > 0
        if not line:
            return
        row += 1
        yield line, cut


@contextmanager
def _whole_archive(spec: str, row: int) -> Iterator[None]:
    """A damaged archive becomes an error that says how far it could be read."""
    try:
        yield
    except EOFError as error:
        raise SourceError(
            "the gzip archive ends too early",
            where=f"{spec}, after row {row}",
            hint="copy or download the file again",
        ) from error
    except (zlib.error, gzip.BadGzipFile) as error:
        raise SourceError(
            "the gzip archive is damaged",
            where=f"{spec}, after row {row}",
            hint="copy or download the file again",
        ) from error


def _blocks(stream: BinaryIO, spec: str) -> Iterator[bytes]:
    """The content in blocks; a damaged archive becomes an error that says how far it could go."""
    row = 1
    while True:
        with _whole_archive(spec, row):
            block = stream.read(_BLOCK)
        if not block:
            return
        row += block.count(b"\n")
        yield block


def _by_mark(start: bytes) -> str | None:
    """The encoding that a byte order mark or the zeros of UTF-16 tell."""
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if start.startswith(codecs.BOM_UTF8):
        return "utf-8-sig"
    sample = start[:2000]
    for offset, name in ((1, "utf-16-le"), (0, "utf-16-be")):
        zeros = sample[offset::2].count(0)
        if zeros > len(sample) * 0.4 and sample[1 - offset :: 2].count(0) == 0:
            return name
    return None


def _is_binary(start: bytes) -> bool:
    """Whether zero bytes are usual in it; a single row that holds them is a bad row."""
    if b"\0" not in start:
        return False
    lines = start.split(b"\n")
    return b"\0" in lines[0] or sum(b"\0" in line for line in lines) > _BINARY_SHARE * len(lines)


def _binary(spec: str, start: bytes) -> SourceError:
    row = start[: start.index(b"\0")].count(b"\n") + 1
    return SourceError(
        "this is a binary file, not text (it holds zero bytes)",
        where=f"{spec}, row {row}",
        hint="export the table as CSV, JSON Lines or Parquet",
    )


def _is_utf8(path: Path, gzipped: bool, spec: str) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    row, pending = 1, 0
    with _opened(path, gzipped) as stream:
        for block in _blocks(stream, spec):
            if b"\0" in block:
                raise UnreadableRowError(
                    "this row holds zero bytes",
                    where=f"{spec}, row {row + block[: block.index(0)].count(10)}",
                    hint="export the file again",
                )
            pieces = block.split(b"\n")
            pieces_len = list(map(len, pieces))
            pieces_len[0] += pending
            if max(pieces_len) > MAX_LINE_BYTES:
                at = next(i for i, n in enumerate(pieces_len) if n > MAX_LINE_BYTES)
                raise _too_long(spec, row + at)
            pending = pieces_len[-1]
            row += len(pieces) - 1
            try:
                decoder.decode(block)
            except UnicodeDecodeError:
                return False
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _too_long(spec: str, row: int) -> UnreadableRowError:
    return UnreadableRowError(
        f"this line is longer than {MAX_LINE_BYTES // 1024**2} MiB",
        where=f"{spec}, row {row}",
        hint="an unclosed quote or missing line breaks are the usual cause; export it again",
    )


@dataclass(frozen=True)
class _Census:
    """How many rows that are not ASCII are UTF-8, where the first are, and some that are not."""

    n_utf8: int
    n_other: int
    first_utf8: int
    first_other: int
    sample: bytes

    def is_mixed(self) -> bool:
        """Whether more rows are UTF-8 than chance makes of the other encoding."""
        share = self.n_utf8 / (self.n_utf8 + self.n_other)
        return share > (0.0 if _is_single_byte(self.sample) else _MIXED_SHARE)

    def encoding(self) -> str:
        """The likely encoding of the rows that are not UTF-8."""
        if _is_single_byte(self.sample):
            undefined = re.search(rb"[\x81\x8d\x8f\x90\x9d]", self.sample)
            return "latin-1" if undefined else "cp1252"
        best = from_bytes(self.sample, cp_isolation=_MANY_BYTE_ENCODINGS).best()
        return best.encoding if best is not None else "gb18030"


def _census(lines: Iterable[bytes]) -> _Census:
    n_utf8 = n_other = 0
    first_utf8 = first_other = 0
    sample = bytearray()
    for row, line in enumerate(lines, start=1):
        if line.isascii():
            continue
        try:
            line.decode("utf-8")
        except UnicodeDecodeError:
            n_other += 1
            first_other = first_other or row
            if len(sample) < _SAMPLE_BYTES:
                sample += line
        else:
            n_utf8 += 1
            first_utf8 = first_utf8 or row
    return _Census(n_utf8, n_other, first_utf8, first_other, bytes(sample))


def _guess(path: Path, gzipped: bool, spec: str) -> str:
    """The one encoding of a file that is not UTF-8; raises when there are two."""
    with _opened(path, gzipped) as stream:
        census = _census(_lines(stream, spec))
    if census.is_mixed():
        row = census.first_other if census.n_utf8 >= census.n_other else census.first_utf8
        raise _mixed(spec, row, f"{census.n_utf8} rows are UTF-8 and {census.n_other} are not")
    return census.encoding()


def _is_single_byte(sample: bytes) -> bool:
    """Accented letters stand alone between plain ones; Chinese or Cyrillic bytes come in runs."""
    runs = [len(run) for run in re.findall(rb"[\x80-\xff]+", sample)]
    return sum(n for n in runs if n >= 2) < 0.5 * sum(runs)


def _mixed(spec: str, row: int, counts: str) -> UnreadableRowError:
    return UnreadableRowError(
        f"the file mixes two encodings ({counts}); this row is the first of the smaller part",
        where=f"{spec}, row {row}",
        hint="export it again as UTF-8, or name one encoding: FILE?encoding=cp1252",
    )


def _lines(stream: BinaryIO, spec: str) -> Iterator[bytes]:
    rest = b""
    row = 1
    for block in _blocks(stream, spec):
        pieces = (rest + block).split(b"\n")
        rest = pieces.pop()
        row += len(pieces)
        if len(rest) > MAX_LINE_BYTES:
            raise _too_long(spec, row)
        yield from pieces
    if rest:
        yield rest


def _transcode(path: Path, gzipped: bool, encoding: str, copy: Path, spec: str) -> None:
    try:
        decoder = codecs.getincrementaldecoder(encoding)()
    except LookupError as error:
        raise SourceError(
            f"“{encoding}” is no encoding that Python knows",
            where=spec,
            value=encoding,
            hint="use a name such as utf-8, cp1252, latin-1, gb18030 or utf-16",
        ) from error
    row, length = 1, 0
    with _opened(path, gzipped) as stream, copy.open("w", encoding="utf-8", newline="") as out:
        for block in _blocks(stream, spec):
            try:
                text = decoder.decode(block)
            except UnicodeDecodeError as error:
                row += block[: error.start].count(b"\n")
                raise UnreadableRowError(
                    f"this row is not {encoding} text",
                    where=f"{spec}, row {row}",
                    hint="export it again as UTF-8, or name its encoding: FILE?encoding=…",
                ) from error
            row += text.count("\n")
            length = len(text) if "\n" not in text else len(text) - text.rindex("\n")
            if length > MAX_LINE_BYTES:
                raise _too_long(spec, row)
            out.write(text.removeprefix("\ufeff"))
        try:
            decoder.decode(b"", final=True)
        except UnicodeDecodeError as error:
            raise UnreadableRowError(
                f"this row is not {encoding} text",
                where=f"{spec}, row {row}",
                hint="export it again as UTF-8, or name its encoding: FILE?encoding=…",
            ) from error
