"""The text channel on catalogues whose likenesses are known."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from youli.channels.text import TextChannel, _kernel
from youli.data.shop import Shop
from youli.features.text import TextConfig
from youli.features.vectors import TextVectors, encode_catalogue
from youli.rank.fit import FitConfig, fit_channels
from youli.testing.shops import walk_shop

TITLES = {
    "a": "Red ceramic mug",
    "b": "红色陶瓷马克杯",
    "c": "Ceramic coffee mug in red",
    "d": "Car tyres, winter",
    "e": None,
    "f": "Red ceramic mug",
}


def shop_of(titles: dict[str, str | None]) -> Shop:
    ids = list(titles)
    items = {"item_id": ids, "title": pa.array(list(titles.values()), pa.string())}
    return walk_shop({"u": "".join(ids), "v": "".join(reversed(ids))}, items)


@pytest.fixture(scope="module")
def channel() -> TextChannel:
    return TextChannel.fit(shop_of(TITLES))


def alike(channel: TextChannel, one: str, other: str) -> float:
    return channel.cosine("abcdef".index(one), "abcdef".index(other))


def test_like_products_are_near_in_either_language(channel: TextChannel) -> None:
    assert alike(channel, "a", "f") == pytest.approx(1.0, abs=1e-3)
    assert alike(channel, "a", "c") > 0.75
    assert alike(channel, "a", "b") >= channel.notes.least_cosine
    assert alike(channel, "a", "d") == 0.0
    assert alike(channel, "a", "a") == 0.0, "what a product says of itself is another channel's"


def test_a_product_without_text_has_no_neighbours(channel: TextChannel) -> None:
    kernel = channel.kernels["alike"]
    assert kernel[4].nnz == kernel[:, 4].nnz == 0
    assert (channel.notes.topic[4] == -1).all()


def test_the_kernel_is_the_cosine_above_the_floor(channel: TextChannel) -> None:
    found = encode_catalogue(shop_of(TITLES).catalogue)
    a, c = found.vectors[found.row[[0, 2]]].astype(np.float64)
    assert alike(channel, "a", "c") == pytest.approx(float(a @ c), abs=1e-6)
    value = channel.kernels["alike"][0, 2]
    least = channel.notes.least_cosine
    assert value == pytest.approx((float(a @ c) - least) / (1 - least), abs=1e-6)


def vectors_of(rows: list[int], n_neighbours: int) -> TextVectors:
    """Texts in a circle, so that the nearest to each is its neighbour."""
    angle = np.arange(max(rows) + 1) * 0.2
    vectors = np.stack([np.cos(angle), np.sin(angle)], axis=1).astype(np.float32)
    config = TextConfig(least_cosine=0.5, n_neighbours=n_neighbours)
    return TextVectors(vectors, np.array(rows, np.int32), config, {})


def test_only_the_nearest_are_kept() -> None:
    kernel = _kernel(vectors_of([0, 1, 2, 3, -1], 2))
    assert np.diff(kernel.indptr).tolist() == [2, 2, 2, 2, 0]
    assert sorted(kernel[0].indices.tolist()) == [1, 2]
    assert kernel[0, 1] == pytest.approx((np.cos(0.2) - 0.5) / 0.5, abs=1e-6)


def test_of_many_products_with_one_text_no_row_keeps_more() -> None:
    n = 500
    kernel = _kernel(vectors_of([0] * n + [1], 3))
    lengths = np.diff(kernel.indptr)
    assert lengths.max() == 3
    assert (lengths == 3).all(), (
        "a twin's neighbours are other twins; the last one's are twins, too"
    )
    assert kernel.diagonal().sum() == 0.0
    np.testing.assert_allclose(kernel[:n].data, 1.0, atol=1e-6)


def test_a_setting_reaches_the_channel() -> None:
    shop = shop_of(TITLES)
    encode_catalogue(shop.catalogue, FitConfig(text=TextConfig(least_cosine=0.97)).text)
    [channel] = fit_channels(shop, ("text",)).values()
    assert isinstance(channel, TextChannel)
    assert channel.notes.least_cosine == 0.97
    assert channel.kernels["alike"].nnz == 2  # a and f


def test_nothing_is_encoded_for_a_channel_without_weight(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("YOULI_CACHE", str(tmp_path / "cache"))
    channel = TextChannel.fit(shop_of(TITLES), np.zeros(2))
    assert channel.kernels["alike"].nnz == 0
    assert not (tmp_path / "cache").exists()
    assert TextChannel.from_arrays(channel.to_arrays()).notes.words.counts == {}


def test_what_says_why_is_saved(channel: TextChannel) -> None:
    again = TextChannel.from_arrays(channel.to_arrays()).notes
    assert again.words == channel.notes.words
    assert again.topics == channel.notes.topics
    np.testing.assert_array_equal(again.topic, channel.notes.topic)
    assert again.shared_topic(0, 1) == channel.notes.shared_topic(0, 1)


def test_a_shared_topic_is_near_both(channel: TextChannel) -> None:
    notes = channel.notes
    shared = notes.shared_topic(0, 1)
    assert shared is not None
    assert shared.topic == ("mugs and cups", "马克杯和杯子")
    assert min(shared.cosine_source, shared.cosine_item) >= notes.least_topic_cosine
    back = notes.shared_topic(1, 0)
    assert back is not None
    assert back[1:3] == (shared.cosine_item, shared.cosine_source)
    assert notes.shared_topic(0, 3) is None
    assert notes.shared_topic(0, 4) is None
