"""Every source runs this suite: the same shop, written its way, is read the same."""

from __future__ import annotations

import gzip
import json
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from youli.data.config import DataConfig
from youli.data.sources import ROW, all_sources, open_source, source_for
from youli.data.sources._text import MAX_LINE_BYTES
from youli.data.sources.base import Salvaging
from youli.data.stage import load_file
from youli.data.workbench import Workbench
from youli.errors import SchemaError, SourceError, YouliError

ROWS = [("u1", "007"), ("u1", "b-2"), ("u2", "naïve 杯")]


def _csv(folder: Path) -> str:
    path = folder / "log.csv"
    lines = ["user_id,item_id", *(",".join(row) for row in ROWS)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return str(path)


def _jsonl(folder: Path) -> str:
    path = folder / "log.jsonl"
    text = "\n".join(json.dumps({"user_id": u, "item_id": i}) for u, i in ROWS)
    path.write_text(text + "\n", encoding="utf-8")
    return str(path)


def _parquet(folder: Path) -> str:
    users, items = zip(*ROWS, strict=True)
    pq.write_table(pa.table({"user_id": users, "item_id": items}), folder / "log.parquet")
    return str(folder / "log.parquet")


def _sqlite(folder: Path) -> str:
    with sqlite3.connect(folder / "shop.db") as database:
        database.execute('CREATE TABLE "the log" (user_id TEXT, item_id TEXT)')
        database.executemany('INSERT INTO "the log" VALUES (?, ?)', ROWS)
    database.close()
    return f"sqlite:///{folder / 'shop.db'}#the log"


def _recbole(folder: Path) -> str:
    lines = ["user_id:token\titem_id:token", *("\t".join(row) for row in ROWS)]
    (folder / "log.inter").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return str(folder)


def _sequences(folder: Path) -> str:
    (folder / "sequences.txt").write_text("u1 007 b-2\nu2 naïve\u3000杯\n".replace("\u3000", "_"))
    return str(folder)


WRITERS: dict[str, Callable[[Path], str]] = {
    "delimited": _csv,
    "jsonl": _jsonl,
    "parquet": _parquet,
    "database": _sqlite,
    "recbole": _recbole,
    "sequences": _sequences,
}
#: Reads an installed package and cannot be written here; its own test is in test_datasets.py.
NOT_WRITTEN = {"completejourney"}


def read(spec: str, role: str = "events") -> list[dict[str, object]]:
    with Workbench() as bench:
        opened = open_source(spec, bench, role)
        return bench.rows(opened.table.order_by(ROW))


def test_every_source_has_a_writer():
    assert {source.name for source in all_sources()} == {*WRITERS, *NOT_WRITTEN}


@pytest.mark.parametrize("name", WRITERS)
def test_the_same_rows_come_back(name, tmp_path):
    spec = WRITERS[name](tmp_path)
    assert source_for(spec).name == name
    assert "events" in source_for(spec).roles(spec)
    rows = read(spec)
    expected = [(u, i.replace(" ", "_") if name == "sequences" else i) for u, i in ROWS]
    assert [(row["user_id"], row["item_id"]) for row in rows] == expected
    numbers = [row[ROW] for row in rows]
    assert numbers == {"sequences": [1, 1, 2], "delimited": [2, 3, 4], "recbole": [2, 3, 4]}.get(
        name, [1, 2, 3]
    )


@pytest.mark.parametrize("source", all_sources(), ids=lambda source: source.name)
def test_every_source_says_what_it_reads(source):
    assert source.doc.endswith(".")


@pytest.mark.parametrize("suffix", ["csv", "tsv", "txt", "jsonl", "parquet", "inter"])
def test_a_missing_file(suffix, tmp_path):
    spec = str(tmp_path / f"nowhere.{suffix}")
    with pytest.raises(SourceError, match="no such file") as caught:
        read(spec)
    assert caught.value.where == spec
    assert caught.value.hint


@pytest.mark.parametrize("suffix", ["csv", "csv.gz", "jsonl", "parquet", "inter"])
def test_an_empty_file(suffix, tmp_path):
    path = tmp_path / f"empty.{suffix}"
    path.write_bytes(gzip.compress(b"") if suffix.endswith("gz") else b"")
    with pytest.raises(SourceError, match="empty"):
        read(str(path))


def test_a_folder_and_an_unknown_ending(tmp_path):
    with pytest.raises(SourceError, match="folder"):
        read(str(tmp_path))
    (tmp_path / "log.xyz").write_text("a")
    with pytest.raises(SourceError, match="cannot tell"):
        read(str(tmp_path / "log.xyz"))
    (tmp_path / "log.csv").mkdir()
    with pytest.raises(SourceError, match="folder"):
        read(str(tmp_path / "log.csv"))


TEXT = "user_id,item_id\nu1,café\nu2,naïve crème\nu3,plain\n"


@pytest.mark.parametrize(
    ("encoding", "found"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8-sig"),
        ("cp1252", "cp1252"),
        ("utf-16", "utf-16"),
        ("utf-16-le", "utf-16-le"),
    ],
)
def test_encodings_are_found(encoding, found, tmp_path):
    path = tmp_path / "log.csv"
    path.write_bytes(TEXT.encode(encoding))
    with Workbench() as bench:
        opened = open_source(str(path), bench)
        assert opened.info.encoding == found
        rows = bench.rows(opened.table.order_by(ROW))
    assert [row["item_id"] for row in rows] == ["café", "naïve crème", "plain"]
    assert set(rows[0]) == {"user_id", "item_id", ROW}


def test_chinese_text_in_gb18030(tmp_path):
    titles = ["不锈钢保温杯大容量", "儿童雨伞卡通图案", "无线蓝牙耳机降噪", "纯棉床上四件套"] * 5
    text = "user_id,item_id\n" + "".join(f"u{n},{title}\n" for n, title in enumerate(titles))
    path = tmp_path / "log.csv.gz"
    path.write_bytes(gzip.compress(text.encode("gb18030")))
    assert [row["item_id"] for row in read(str(path))] == titles


def test_an_encoding_can_be_named(tmp_path):
    path = tmp_path / "log.csv"
    path.write_bytes("user_id,item_id\nu1,Łódź\n".encode("cp1250"))
    assert read(f"{path}?encoding=cp1250")[0]["item_id"] == "Łódź"
    with pytest.raises(SourceError, match="no encoding"):
        read(f"{path}?encoding=klingon")
    with pytest.raises(SourceError, match="unknown setting “colour”"):
        read(f"{path}?colour=red")


def test_mixed_encodings_name_the_first_row_of_the_smaller_part(tmp_path):
    path = tmp_path / "log.csv"
    body = b"user_id,item_id\n" + "u1,café\n".encode() * 3 + "u2,crème\n".encode("cp1252")
    path.write_bytes(body + "u3,naïve\n".encode())
    with pytest.raises(SourceError, match="mixes two encodings") as caught:
        read(str(path))
    assert caught.value.where == f"{path}, row 5"
    assert "encoding=" in caught.value.hint


@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|"])
def test_delimiters_are_found(delimiter, tmp_path):
    path = tmp_path / "log.csv"
    path.write_text(f'user_id{delimiter}item_id\nu1{delimiter}"a{delimiter}b"\n')
    assert read(str(path))[0]["item_id"] == f"a{delimiter}b"


def test_quotes_and_line_breaks_inside_fields(tmp_path):
    path = tmp_path / "log.csv"
    path.write_text('user_id,item_id\r\nu1,"a ""b""\nc"\r\nu2,""\r\n', newline="")
    assert [row["item_id"] for row in read(str(path))] == ['a "b"\nc', None]


@pytest.mark.parametrize(
    ("body", "problem", "row"),
    [
        ("u1,a\nu2,b,c\n", "3 fields where the header has 2", 3),
        ("u1,a\nu2\n", "1 fields where the header has 2", 3),
        ('u1,a\nu2,"b\n', "not closed", 3),
    ],
)
def test_broken_rows_are_named(body, problem, row, tmp_path):
    path = tmp_path / "log.csv"
    path.write_text("user_id,item_id\n" + body)
    with pytest.raises(SourceError, match=problem) as caught, Workbench() as bench:
        loaded(str(path), bench)
    assert caught.value.where == f"{path}, row {row}"


def loaded(spec: str, bench: Workbench):
    given = {"user_id": "user_id"}
    return load_file(spec, "users", 0, given, bench, DataConfig(strict=True))


#: Three good rows around a bad one, by source: what is written between the second and the third.
BAD_ROWS = {
    "delimited": "u9,a,b\n",
    "recbole": "u9\ta\tb\n",
    "jsonl": "[9]\n",
}


def test_every_source_that_reads_around_bad_rows_has_one_here():
    assert {s.name for s in all_sources() if isinstance(s, Salvaging)} == set(BAD_ROWS)


@pytest.mark.parametrize("name", BAD_ROWS)
def test_a_bad_row_is_set_aside_and_the_others_keep_their_numbers(name, tmp_path):
    spec = WRITERS[name](tmp_path)
    [path] = [path for path in tmp_path.iterdir() if path.is_file()]
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    path.write_text("".join([*lines[:-1], BAD_ROWS[name], lines[-1]]), encoding="utf-8")
    first = 1 if name == "jsonl" else 2  # the header is row 1
    with Workbench() as bench:
        opened = source_for(spec).salvage(spec, bench, "events")
        rows = bench.rows(opened.table.order_by(ROW))
        [bad] = bench.rows(opened.unreadable)
    assert [(row["user_id"], row["item_id"]) for row in rows] == ROWS
    assert [row[ROW] for row in rows] == [first, first + 1, first + 3]
    assert (bad["row"], bad["text"]) == (first + 2, BAD_ROWS[name].strip())


@pytest.mark.parametrize("name", BAD_ROWS)
def test_good_files_read_the_same_row_by_row(name, tmp_path):
    spec = WRITERS[name](tmp_path)
    with Workbench() as bench:
        opened = source_for(spec).salvage(spec, bench, "events")
        rows = bench.rows(opened.table.order_by(ROW))
    assert opened.unreadable is None
    assert [dict(sorted(row.items())) for row in rows] == [
        dict(sorted(row.items())) for row in read(spec)
    ]


def test_repeated_and_blank_headers(tmp_path):
    path = tmp_path / "log.csv"
    path.write_text("user_id,User_ID\nu1,u1\n")
    with pytest.raises(SchemaError, match="two columns are called") as caught:
        read(str(path))
    assert caught.value.where == f"{path}, row 1"
    path.write_text(",user_id\n0,u1\n")
    assert read(str(path))[0]["column_1"] == "0"


@pytest.mark.parametrize("cut", [30, 200])
def test_a_truncated_gzip(cut, tmp_path):
    import random

    rows = "".join(f"u{random.Random(n).random()},i{n}\n" for n in range(2000))
    whole = gzip.compress(("user_id,item_id\n" + rows).encode())
    path = tmp_path / "log.csv.gz"
    path.write_bytes(whole[:-cut])
    with pytest.raises(SourceError, match="ends too early") as caught:
        read(str(path))
    assert "after row" in caught.value.where


def test_a_damaged_gzip(tmp_path):
    whole = bytearray(gzip.compress(b"user_id,item_id\n" + b"u1,a\n" * 500))
    whole[20] ^= 0xFF
    whole[24] ^= 0xFF
    (tmp_path / "log.csv.gz").write_bytes(bytes(whole))
    with pytest.raises(SourceError, match=r"damaged|too early"):
        read(str(tmp_path / "log.csv.gz"))


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "binary"),
        (b"PK\x03\x04 sheet", "zip or Excel"),
        (b"PAR1 and more", "Parquet"),
        (b"user_id,item_id\nu1,a\nu2,\0\0\n", "binary"),
    ],
)
def test_a_binary_file(content, problem, tmp_path):
    (tmp_path / "log.csv").write_bytes(content)
    with pytest.raises(SourceError, match=problem) as caught:
        read(str(tmp_path / "log.csv"))
    assert "log.csv" in caught.value.where


@pytest.mark.parametrize("encoding", ["utf-8", "cp1252"])
def test_a_line_of_ten_megabytes(encoding, tmp_path):
    path = tmp_path / "log.csv"
    long = "é" + "x" * (MAX_LINE_BYTES * 5 // 2)
    path.write_bytes(f"user_id,item_id\nu1,a\nu2,{long}\nu3,c\n".encode(encoding))
    with pytest.raises(SourceError, match="longer than 4 MiB") as caught:
        read(str(path))
    assert caught.value.where == f"{path}, row 3"


def test_a_broken_json_line_is_named(tmp_path):
    path = tmp_path / "log.jsonl"
    path.write_text('{"user_id": "u1"}\n{"user_id": \n{"user_id": "u3"}\n')
    with pytest.raises(SourceError, match="not one JSON object") as caught:
        read(str(path))
    assert caught.value.where.startswith(f"{path}, row ")
    path.write_text("1\n2\n")
    with pytest.raises(SourceError, match="JSON object"):
        read(str(path))


def test_json_values_stay_as_written(tmp_path):
    path = tmp_path / "log.jsonl.gz"
    text = '{"user_id": 7, "time": "2024-03-01T00:00:00+02:00", "extra": {"a": [1]}}\n'
    path.write_bytes(gzip.compress(text.encode()))
    [row] = read(str(path))
    assert (row["user_id"], row["time"]) == ("7", "2024-03-01T00:00:00+02:00")
    assert json.loads(row["extra"]) == {"a": [1]}


def test_a_damaged_parquet_file(tmp_path):
    (tmp_path / "log.parquet").write_bytes(b"PAR1 is how it starts")
    with pytest.raises(SourceError, match="not a Parquet file"):
        read(str(tmp_path / "log.parquet"))


def test_recbole_headers_need_types(tmp_path):
    (tmp_path / "x.inter").write_text("user_id\titem_id\nu\ti\n")
    with pytest.raises(SchemaError, match="not name:type"):
        read(str(tmp_path / "x.inter"))


def test_recbole_folder_holds_items_and_users(tmp_path):
    _recbole(tmp_path)
    (tmp_path / "log.item").write_text("item_id:token\ttitle:token_seq\n007\tA red mug\n")
    spec = str(tmp_path)
    assert source_for(spec).roles(spec) == {"events", "items"}
    assert read(spec, "items")[0]["title"] == "A red mug"


def test_sequences_bring_items_users_and_positions(tmp_path):
    (tmp_path / "sequences.txt").write_text("u1 1 2\nu2 2\n")
    (tmp_path / "items.tsv").write_text("item_id\tasin\tkeywords\n1\tA\tred mug\n2\tB\t\n")
    (tmp_path / "item_attributes.json").write_text('{"1": [4, 7]}')
    (tmp_path / "users.tsv").write_text("user_id\tage\nu1\t25\n")
    spec = str(tmp_path)
    assert source_for(spec).roles(spec) == {"events", "items", "users"}
    day = 86_400
    assert [row["timestamp"] for row in read(spec)] == [946684800, 946684800 + day, 946684800]
    items = read(spec, "items")
    assert items[0] | {ROW: 2} == {
        "item_id": "1", "asin": "A", "title": "red mug", "attributes": "4|7", ROW: 2,
    }  # fmt: skip
    assert items[1]["title"] is None
    assert items[1]["attributes"] is None
    assert read(spec, "users")[0]["age"] == "25"


def test_a_sequence_without_products_and_broken_attributes(tmp_path):
    (tmp_path / "sequences.txt").write_text("u1 1 2\nu2\n")
    with pytest.raises(SourceError, match="names a shopper and no product") as caught:
        read(str(tmp_path))
    assert caught.value.where.endswith("row 2")
    (tmp_path / "item_attributes.json").write_text("{")
    with pytest.raises(SourceError, match="not JSON"):
        read(str(tmp_path), "items")


def test_every_error_here_has_a_next_step(tmp_path):
    (tmp_path / "a.csv").write_bytes(b"\0\0")
    for spec in ("nowhere.csv", str(tmp_path), str(tmp_path / "a.csv"), "sqlite:///no.db#t"):
        with pytest.raises(YouliError) as caught:
            read(spec)
        assert caught.value.hint
        assert caught.value.exit_code == 2
