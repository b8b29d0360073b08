from __future__ import annotations

import json
import math
import os

import numpy as np
import pyarrow as pa
import pytest
import tantivy

from youli.data.shop import Catalogue
from youli.search import store
from youli.search.config import IndexConfig
from youli.search.index import SearchIndex, build_index
from youli.search.store import index_key, index_of
from youli.search.words import spots, stem

CODES = {"item_id": ["a", "b", "c"], "title": ["red red mug", "blue mug", "red"]}


def amounts(index: SearchIndex, field: str, word: str) -> dict[int, float]:
    item, amount = index.postings[field].of(index.number[stem(word)])
    return dict(zip(item.tolist(), amount.tolist(), strict=True))


def test_amounts_are_those_of_the_formula():
    index = build_index(Catalogue(pa.table(CODES)), IndexConfig(saturation=1.2, length=0.75))
    idf = math.log(1 + (3 - 2 + 0.5) / (2 + 0.5))  # two of three titles say it

    def amount(count: int, length: int) -> float:
        return idf * count * 2.2 / (count + 1.2 * (0.25 + 0.75 * length / 2))

    assert amounts(index, "title", "red") == pytest.approx({0: amount(2, 3), 2: amount(1, 1)})
    assert amounts(index, "title", "mugs") == pytest.approx({0: amount(1, 3), 1: amount(1, 2)})
    assert set(index.postings) == {"title"}


def test_amounts_are_those_of_tantivy():
    rng = np.random.default_rng(0)
    vocabulary = [f"w{chr(97 + n // 26)}{chr(97 + n % 26)}q" for n in range(60)]
    titles = [" ".join(rng.choice(vocabulary, rng.integers(1, 12))) for _ in range(200)]
    catalogue = Catalogue(pa.table({"item_id": [str(n) for n in range(200)], "title": titles}))
    index = build_index(catalogue, IndexConfig(saturation=1.2, length=0.75))
    schema = (
        tantivy.SchemaBuilder()
        .add_text_field("title", tokenizer_name="whitespace", index_option="freq")
        .add_integer_field("row", fast=True)
        .build()
    )
    peer = tantivy.Index(schema)
    writer = peer.writer(num_threads=1)
    for row, title in enumerate(titles):
        text = " ".join(stem(one.word) for one in spots(title, lambda run: [(run, 0)]))
        writer.add_document(tantivy.Document(title=[text], row=[row]))
    writer.commit()
    writer.wait_merging_threads()
    peer.reload()
    searcher = peer.searcher()
    for word in vocabulary[::7]:
        query = tantivy.Query.term_query(schema, "title", stem(word), "freq")
        hits = searcher.search(query, limit=200).hits
        rows = searcher.fast_field_values("row", [place for _, place in hits])
        theirs = dict(zip(rows, [score for score, _ in hits], strict=True))
        assert amounts(index, "title", word) == pytest.approx(theirs, rel=1e-5)


def test_every_field_is_searched(desk):
    index = desk.index
    assert set(index.postings) == {"title", "brand", "category", "text"}
    brands = desk.engine.shop.catalogue.table["brand"].to_pylist()
    assert set(amounts(index, "brand", "ada")) == {
        at for at, one in enumerate(brands) if one == "Ada"
    }


def test_meaning_finds_what_no_word_says(desk, shop):
    vector = desk.read("kettle for hot beverages").vector
    best = int(np.argmax(desk.index.meanings.cosines(vector)))
    assert shop.interactions.items.ids[best] in ("teapot", "zhuhu")


def test_a_catalogue_of_codes_has_no_meaning():
    index = build_index(Catalogue(pa.table({"item_id": ["1", "2"]})))
    assert amounts(index, "title", "2").keys() == {1}
    assert index.meanings.encoder == ""
    assert not index.meanings.cosines(np.zeros(0, np.float32)).any()


def test_arrays_hold_all_of_it(desk):
    again = SearchIndex.from_arrays(desk.index.to_arrays())
    assert (again.terms, again.surfaces) == (desk.index.terms, desk.index.surfaces)
    for name, one in desk.index.to_arrays().items():
        np.testing.assert_array_equal(again.to_arrays()[name], one)


def test_an_index_is_kept_and_made_anew_where_it_does_not_fit(tmp_path, monkeypatch):
    made = []
    build = store.build_index
    monkeypatch.setattr(store, "build_index", lambda *args: made.append(1) or build(*args))
    catalogue = Catalogue(pa.table(CODES))
    first = index_of(catalogue, shop_folder=tmp_path)
    assert index_of(catalogue, shop_folder=tmp_path).terms == first.terms
    assert len(made) == 1
    other = Catalogue(pa.table(CODES | {"title": ["red mug", "green mug", "red"]}))
    assert "green" in index_of(other, shop_folder=tmp_path).terms  # never stale
    assert len(made) == 2
    file = tmp_path / store.FOLDER / "index.safetensors"
    file.write_bytes(file.read_bytes()[:-1] + b"x")
    assert "green" in index_of(other, shop_folder=tmp_path).terms
    assert len(made) == 3
    (tmp_path / store.FOLDER / "index.json").write_text(json.dumps(["no", "index"]))
    index_of(other, shop_folder=tmp_path)
    assert len(made) == 4
    assert index_key(other, IndexConfig()) != index_key(other, IndexConfig(length=0.5))


def test_where_nothing_can_be_written_the_index_is_in_memory(tmp_path, monkeypatch):
    def refuse(*_: object, **__: object) -> None:
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(store.os, "replace", refuse)
    assert index_of(Catalogue(pa.table(CODES)), shop_folder=tmp_path).n_items == 3
    assert os.listdir(tmp_path / store.FOLDER) == []
