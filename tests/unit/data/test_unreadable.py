"""Rows that cannot be read are set aside with their number and text, and the others are read."""

from __future__ import annotations

import gzip
import json

import pytest

from youli.data.config import DataConfig
from youli.data.prepare import prepare_shop
from youli.data.sources._text import MAX_LINE_BYTES
from youli.errors import SourceError

HEADER = "user_id,item_id,event,timestamp,title"
#: Five good rows.
GOOD = [f"u{n},i{n % 3},view_item,2024-03-0{n + 1} 10:00:00,Thing {n % 3}" for n in range(5)]


def prepared(path, content: str | bytes, **config):
    data = content.encode() if isinstance(content, str) else content
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)
    return prepare_shop([str(path)], config=DataConfig(**config))


def bad(shop) -> list[tuple[int, str, str]]:
    """Row, reason and text of what could not be read."""
    rows = [row for row in shop.quarantine.to_pylist() if row["check"] == "unreadable_rows"]
    assert all(row["action"] == "dropped" for row in rows)
    assert all(row["source_file"] == shop.report.files[0].where for row in rows)
    return [(row["row"], row["reason"], row["text"]) for row in rows]


def users(shop) -> list[str]:
    return shop.events["user_id"].to_pylist()


@pytest.mark.parametrize("name", ["log.csv", "log.csv.gz"])
@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("u9,i1,view_item,2024-03-09", "too few fields"),
        ("u9,i1,view_item,2024-03-09,Thing, blue", "too many fields"),
        ('u9,i1,view_item,2024-03-09,"Thing', "a quote that is not closed"),
        ('u9,"i1,view_item,2024-03-09,Thing', "a quote that is not closed"),
        ('u9,i1,view_item,2024-03-09,"Thing" blue', "text after a closing quote"),
    ],
)
def test_a_broken_row_costs_itself_alone(row, reason, name, tmp_path):
    lines = [HEADER, GOOD[0], GOOD[1], row, *GOOD[2:]]
    shop = prepared(tmp_path / name, "\n".join(lines) + "\n")
    assert bad(shop) == [(4, reason, row)]
    assert users(shop) == ["u0", "u1", "u2", "u3", "u4"]
    report = shop.report
    assert (report.rows_in, report.rows_kept, report.rows_dropped) == (6, 5, 1)
    assert (report.files[0].rows, report.files[0].unreadable) == (6, 1)
    assert report.checks[0].name == "unreadable_rows"
    assert report.drops_by_reason() == [("unreadable_rows", reason, 1)]
    [example] = report.checks[0].reasons[0].examples
    assert (example.row, example.values) == (4, {"text": row})


def test_row_numbers_stay_right_after_lines_inside_quotes_and_blank_lines(tmp_path):
    lines = [
        HEADER,  # row 1
        'u0,i0,view_item,2024-03-01,"two\n\nlines, ""quoted"""',  # row 2, three lines
        "u1,i1,view_item,2024-03-02",  # row 3: too few
        "",  # row 4
        'u2,i2,view_item,2024-03-03,"never closed',  # row 5
        GOOD[3],  # row 6
        'u4,i0,view_item,2024-03-05, "spaced" ',  # row 7
        ",i0,view_item,2024-03-06,Thing",  # row 8: no shopper
        GOOD[4],  # row 9
    ]
    shop = prepared(tmp_path / "log.csv", "\r\n".join(lines))
    assert [(row, reason) for row, reason, _ in bad(shop)] == [
        (3, "too few fields"),
        (5, "a quote that is not closed"),
    ]
    others = [row for row in shop.quarantine.to_pylist() if row["check"] == "missing_ids"]
    assert [row["row"] for row in others] == [8]
    assert users(shop) == ["u0", "u3", "u4", "u4"]
    assert (shop.report.rows_in, shop.report.rows_dropped) == (7, 3)


def test_a_quote_that_swallows_rows_up_to_the_next_quote_gives_them_back(tmp_path):
    # Row 3 opens a quote that row 5 closes, one field short: rows 4 and 5 are good by themselves.
    lines = [HEADER, GOOD[0], 'u1,"i1,view_item,2024-03-02,x', GOOD[2],
             'u3,"","view_item",2024-03-04,Thing', GOOD[4]]  # fmt: skip
    shop = prepared(tmp_path / "log.csv", "\n".join(lines))
    assert bad(shop) == [(3, "a quote that is not closed", lines[2])]
    assert users(shop) == ["u0", "u2", "u4"]  # u3 has no product


def test_a_row_of_several_lines_with_too_many_fields_is_one_row(tmp_path):
    row = 'u1,i1,view_item,2024-03-02,"a\nb\nc",more'
    shop = prepared(tmp_path / "log.csv", "\n".join([HEADER, GOOD[0], row, *GOOD[2:]]))
    assert bad(shop) == [(3, "too many fields", row)]
    assert users(shop) == ["u0", "u2", "u3", "u4"]


def test_rows_of_another_encoding_in_a_file_of_utf8(tmp_path):
    lines = [HEADER, *GOOD[:2], "u8,i7,view_item,2024-03-02,crème", *GOOD[2:]]
    body = "\n".join(lines).encode() + b"\nu9,i2,view_item,2024-03-09,caf\xe9\n"
    shop = prepared(tmp_path / "log.csv", body)
    # Row 8 is the one whose é is a single byte, and is shown with it.
    assert bad(shop) == [(8, "not utf-8 text", r"u9,i2,view_item,2024-03-09,caf\xe9")]
    assert shop.items["title"].to_pylist() == ["Thing 0", "Thing 1", "Thing 2", "crème"]


def test_rows_of_utf8_in_a_file_of_another_encoding(tmp_path):
    lines = [HEADER, *[row.replace("Thing", "Café") for row in GOOD]]
    body = "\n".join(lines).encode("cp1252") + "\nu9,i2,view_item,2024-03-09,crème\n".encode()
    shop = prepared(tmp_path / "log.csv", body)
    assert bad(shop) == [(7, "UTF-8 text in a file of cp1252", "u9,i2,view_item,2024-03-09,crÃ¨me")]
    assert shop.items["title"].to_pylist() == ["Café 0", "Café 1", "Café 2"]


def test_a_named_encoding_that_some_rows_do_not_have(tmp_path):
    path = tmp_path / "log.csv"
    text = "\n".join([HEADER, *GOOD, "u8,i1,view_item,2024-03-08,保温杯"]) + "\n"
    path.write_bytes(text.encode("gb18030") + b"u9,i1,view_item,2024-03-09,\xff\xff\n")
    shop = prepare_shop([f"{path}?encoding=gb18030"])
    assert bad(shop) == [(8, "not gb18030 text", r"u9,i1,view_item,2024-03-09,\xff\xff")]
    assert users(shop)[-1] == "u8"


def test_half_a_character_at_the_end_of_utf16(tmp_path):
    body = ("\n".join([HEADER, *GOOD]) + "\nu9,i1,view_item,2024-03-09,x").encode("utf-16")
    shop = prepared(tmp_path / "log.csv", body + b"\x41")
    assert [(row, reason) for row, reason, _ in bad(shop)] == [(7, "not utf-16 text")]


@pytest.mark.parametrize("encoding", ["utf-8", "cp1252"])
def test_a_long_line_is_kept_by_its_beginning(encoding, tmp_path):
    long = "u9,i1,view_item,2024-03-09," + "x" * (MAX_LINE_BYTES * 2)
    lines = [HEADER, GOOD[0], long, *GOOD[1:], "u7,i1,view_item,2024-03-07,Café"]
    shop = prepared(tmp_path / "log.csv", "\n".join(lines).encode(encoding))
    assert bad(shop) == [(3, "a line longer than 4 MiB", long[:2000])]
    assert users(shop) == ["u0", "u1", "u2", "u3", "u4", "u7"]
    assert len(shop.report.checks[0].reasons[0].examples[0].values["text"]) == 120


def test_a_row_of_zero_bytes(tmp_path):
    lines = [HEADER, *GOOD * 4, "u9,i1,view_item,2024-03-09,\0\0"]
    shop = prepared(tmp_path / "log.csv", "\n".join(lines))
    assert [(row, reason) for row, reason, _ in bad(shop)] == [(22, "zero bytes")]


def test_mixed_line_ends_are_no_damage(tmp_path):
    # DuckDB gives up on these; every row can be read.
    text = f"{HEADER}\n{GOOD[0]}\n\r\n{GOOD[1]}\r\n{GOOD[2]}\r{GOOD[3]}\n"
    shop = prepared(tmp_path / "log.csv", text)
    assert bad(shop) == []
    assert users(shop) == ["u0", "u1", "u2", "u3"]
    assert shop.report.checks[0].ran


def test_lines_that_are_no_object(tmp_path):
    objects = [
        {"user_id": f"u{n}", "item_id": n % 3, "time": f"2024-03-0{n + 1}", "x": {"a": [1]}}
        for n in range(5)
    ]
    objects[0]["title"] = "crème"
    lines = [json.dumps(one, ensure_ascii=False) for one in objects]
    twice = '{"user_id": "u9", "user_id": "u8"}'
    latin = b'{"user_id": "caf\xe9"}'
    long = '{"user_id": "' + "x" * MAX_LINE_BYTES
    body = "\n".join([lines[0], '{"user_id": "u9"', lines[1], "[9]", lines[2], twice, *lines[3:]])
    body_bytes = body.encode() + b"\n" + latin + b"\n" + long.encode() + b'"}\n'
    lines_after = "\n".join(lines[3:]).encode()
    shop = prepared(tmp_path / "log.jsonl", body_bytes + lines_after)
    assert bad(shop) == [
        (2, "no valid JSON", '{"user_id": "u9"'),
        (4, "JSON, but not one JSON object", "[9]"),
        (6, "a key that stands twice", twice),
        (9, "not utf-8 text", r'{"user_id": "caf\xe9"}'),
        (10, "a line longer than 4 MiB", long[:2000]),
    ]
    assert (shop.report.rows_in, shop.report.files[0].rows) == (12, 12)
    assert users(shop) == ["u0", "u1", "u2", "u3", "u4"]


@pytest.mark.parametrize(
    ("name", "content", "row"),
    [
        ("log.csv", "\n".join([HEADER, GOOD[0], "u1,i1", "u2,i2", "u3"]), 3),
        ("log.jsonl", '{"user_id": "u1"}\n1\n2\n', 2),
    ],
)
def test_a_file_that_is_mostly_unreadable_is_an_error(name, content, row, tmp_path):
    with pytest.raises(SourceError, match=r"of \d rows cannot be read") as caught:
        prepared(tmp_path / name, content)
    assert caught.value.where == f"{tmp_path / name}, row {row}"
    assert caught.value.hint


def test_exactly_half_is_not_more_than_half(tmp_path):
    lines = [HEADER, *GOOD[:2], "u1,i1", "u2,i2"]
    assert len(bad(prepared(tmp_path / "log.csv", "\n".join(lines)))) == 2


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        (b"u9,i1", "2 fields where the header has 5"),
        (b'u9,i1,view_item,2024-03-09,"Thing', "not closed"),
        (
            b"u9,i1,view_item,2024-03-09,caf\xe9\nu9,i1,view_item,2024-03-09,\xc3\xa9",
            "two encodings",
        ),
        (b"u9,i1,view_item,2024-03-09," + b"x" * (MAX_LINE_BYTES + 1), "longer than 4 MiB"),
    ],
    ids=["fields", "quote", "encoding", "long"],
)
def test_strict_makes_the_first_an_error(row, problem, tmp_path):
    body = "\n".join([HEADER, *GOOD[:2]]).encode() + b"\n" + row + b"\n"
    with pytest.raises(SourceError, match=problem) as caught:
        prepared(tmp_path / "log.csv", body, strict=True)
    assert caught.value.where.startswith(f"{tmp_path / 'log.csv'}, row ")


def test_a_good_file_has_nothing_of_it(tmp_path):
    shop = prepared(tmp_path / "log.csv", "\n".join([HEADER, *GOOD]), strict=True)
    check = shop.report.checks[0]
    assert (check.name, check.ran, check.dropped, check.reasons) == ("unreadable_rows", True, 0, [])
    assert bad(shop) == []


def test_unreadable_products_are_told_and_kept_but_are_no_events(tmp_path):
    (tmp_path / "items.csv").write_text("item_id,title\ni0,Mug\ni1,Cup, blue\ni2,Jug\n")
    log = tmp_path / "log.csv"
    log.write_text("\n".join([HEADER, *GOOD]))
    shop = prepare_shop([str(log)], items=[str(tmp_path / "items.csv")])
    [row] = shop.quarantine.to_pylist()
    assert (row["source_file"], row["row"]) == (str(tmp_path / "items.csv"), 3)
    assert (row["reason"], row["text"]) == ("too many fields", "i1,Cup, blue")
    assert (shop.report.rows_in, shop.report.rows_kept, shop.report.rows_dropped) == (5, 5, 0)
    [note] = shop.report.checks[0].notes
    assert note.startswith("1 rows of items cannot be read")
    assert [file.unreadable for file in shop.report.files] == [0, 1]
