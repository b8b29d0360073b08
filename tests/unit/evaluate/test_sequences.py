"""The published folder, read as it is."""

from __future__ import annotations

import json

import pytest

from youli.errors import SourceError
from youli.evaluate.sequences import read_sequences


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "sequences.txt").write_text("1 10 20 10\n2 20 30\n")
    (tmp_path / "items.tsv").write_text(
        'item_id\tasin\ttitle\tgenres\n10\tX\tA "fine" pen\tred|blue\n20\tY\tInk\tred\n40\tZ\t\t\n'
    )
    (tmp_path / "item_attributes.json").write_text(json.dumps({"10": [1, 2], "30": [2]}))
    (tmp_path / "users.tsv").write_text(
        "user_id\tgender\tage\toccupation\n1\tF\t25\t7\n2\tM\t18\t3\n"
    )
    return tmp_path


def test_keeps_order_and_repeats(folder):
    events = read_sequences(folder).interactions
    assert [events.items.ids[i] for i in events.item_num] == ["10", "20", "10", "20", "30"]
    assert events.step.tolist() == [0, 1, 2, 0, 1]
    assert not events.timed


def test_titles_labels_and_attributes(folder):
    shop = read_sequences(folder)
    row = shop.interactions.items.num("10")
    assert shop.catalogue.titles[row] == 'A "fine" pen'
    assert shop.catalogue.attribute("genres").of(row) == ("red", "blue")
    assert shop.catalogue.attribute("attributes").of(row) == ("1", "2")
    assert "asin" not in shop.catalogue.table.column_names


def test_protected_columns_never_arrive(folder):
    assert read_sequences(folder).shoppers.table.column_names == ["user_id", "occupation"]


def test_the_hash_is_that_of_all_files(folder):
    before = read_sequences(folder).data_hash
    (folder / "item_attributes.json").write_text("{}")
    assert read_sequences(folder).data_hash != before


def test_sequences_alone_are_enough(tmp_path):
    (tmp_path / "sequences.txt").write_text("a x y\n")
    assert read_sequences(tmp_path).interactions.n_items == 2


@pytest.mark.parametrize(
    ("name", "content", "where"),
    [
        ("sequences.txt", "1 10\n2\n", "row 2"),
        ("sequences.txt", "", "sequences.txt"),
        ("items.tsv", "id\ttitle\n1\ta\n", "items.tsv"),
        ("item_attributes.json", "[1]", "item_attributes.json"),
        ("item_attributes.json", "{", ""),
    ],
)
def test_bad_files_are_clear_errors(folder, name, content, where):
    (folder / name).write_text(content)
    with pytest.raises(SourceError) as error:
        read_sequences(folder)
    assert where in error.value.where
    assert error.value.hint


def test_no_folder(tmp_path):
    with pytest.raises(SourceError, match=r"sequences\.txt"):
        read_sequences(tmp_path / "nowhere")
