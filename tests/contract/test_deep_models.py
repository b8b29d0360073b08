"""What every model that is trained by gradient must keep to, run on each registered one.

The net that was trained and the NumPy model that serves are the same function; what does not count
does not count; products that nobody chose are ranked by their content; attention is what was used.
"""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest
import torch
from safetensors.numpy import load, save

from youli.data.interactions import EVENT_NAMES
from youli.data.photos import Photos
from youli.data.shop import Catalogue, Shop
from youli.data.split import Split, leave_last_out
from youli.data.state import ShopperState
from youli.errors import NotEnoughDataError
from youli.features import vectors as vectors_module
from youli.models.deep import DeepModel
from youli.models.dnn import AttentiveModel
from youli.registry import MODELS
from youli.testing.shops import SHOPS, event_shop
from youli.train.sequences import Sequences

DEEP = tuple(name for name in MODELS.names() if issubclass(MODELS.load(name), DeepModel))
ATTENTIVE = tuple(name for name in DEEP if issubclass(MODELS.load(name), AttentiveModel))
N_ITEMS, N_USERS = 16, 30
#: In the catalogue, and never chosen.
COLD = (14, 15)
#: Shops of `SHOPS` that nothing can be learned from by sequence, and what is said then.
TOO_SMALL = {"one basket": "events that follow"}


class Letters:
    """An encoder of texts without a package: how often five letters are in a text."""

    name, version, n_dims = "letters", "1", 5

    def encode(self, texts):
        rows = np.array([[1.0 + one.lower().count(a) for a in "abdei"] for one in texts])
        return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


@pytest.fixture(autouse=True, scope="module")
def letters(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("YOULI_CACHE", str(tmp_path_factory.mktemp("vectors")))
        patch.setattr(vectors_module, "encoder_for", lambda _name: Letters())
        yield


def a_shop(seed: int = 0, *, photos: bool = True, texts: bool = True) -> Shop:
    """Dated events of several kinds; attributes, prices, titles, photos, and shoppers' regions."""
    rng = np.random.default_rng(seed)
    kinds = ("purchase", "view_item", "add_to_cart")
    events = {
        f"u{user:02}": [
            (float(day), f"p{(user + at) % 14:02}", kinds[int(rng.integers(3))])
            for at, day in enumerate(np.sort(rng.uniform(0, 60, int(rng.integers(4, 9)))))
        ]
        for user in range(N_USERS)
    }
    items = {
        "item_id": [f"p{num:02}" for num in range(N_ITEMS)],
        "brand": [None if num == 3 else f"brand {num % 4}" for num in range(N_ITEMS)],
        "price_minor": pa.array([None if num == 5 else 100 + 7 * num for num in range(N_ITEMS)]),
    }
    if texts:
        items["title"] = [f"{('Red', 'Blue')[num % 2]} thing {num // 4}" for num in range(N_ITEMS)]
    users = {
        "user_id": [f"u{num:02}" for num in range(N_USERS)],
        "region": [None if num % 7 == 6 else ("north", "south")[num % 2] for num in range(N_USERS)],
        "visits": [str(num % 13) for num in range(N_USERS)],
    }
    shop = event_shop(events, items, users)
    return replace(shop, photos=some_photos(rng)) if photos else shop


def some_photos(rng: np.random.Generator) -> Photos:
    """Of every product but two."""
    photo_of = np.arange(N_ITEMS, dtype=np.int32)
    photo_of[[2, 7]] = -1
    return Photos(
        photo_of=photo_of,
        cells=rng.integers(-100, 100, (N_ITEMS, 49, 6)).astype(np.int8),
        thumbnails=np.zeros(0, np.uint8),
        starts=np.zeros(N_ITEMS + 1, np.int64),
        encoder="drawn",
    )


@pytest.fixture(scope="module")
def shop() -> Shop:
    return a_shop()


@pytest.fixture(scope="module")
def split(shop) -> Split:
    return leave_last_out(shop, n_last=1)


def settings_of(model_class, **changes):
    quick = model_class.quick().model_dump()
    train = quick.pop("train") | changes.pop("train", {})
    return model_class.config_type.model_validate({**quick, **changes, "train": train})


@pytest.fixture(scope="module", params=DEEP)
def model(request, split) -> DeepModel:
    model_class = MODELS.load(request.param)
    return model_class.fit(split, config=settings_of(model_class, train={"max_epochs": 4}))


@pytest.fixture(scope="module", params=ATTENTIVE)
def attentive(request, split) -> AttentiveModel:
    model_class = MODELS.load(request.param)
    return model_class.fit(split, config=settings_of(model_class, train={"max_epochs": 4}))


@pytest.fixture(scope="module")
def states(shop, split) -> list[ShopperState]:
    known = [case.state(shop) for case in split.cases]
    return [*known, known[0].without([0]), ShopperState(user_id="never seen")]


def test_the_suite_runs_on_all_of_them():
    assert {"transformer", "lstm", "dnn", "fusion"} <= set(DEEP)
    assert {"dnn", "fusion"} <= set(ATTENTIVE)


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        *((name, {}) for name in DEEP),
        *(
            (name, {"attention": kind, "n_heads": 2})
            for name in ATTENTIVE
            for kind in ("single", "multi", "self")
        ),
    ],
)
def test_numpy_computes_what_the_net_computes(name, changes, shop):
    model_class = MODELS.load(name)
    settings = settings_of(model_class, **changes)
    sequences = Sequences.of(shop.interactions, max_length=20)
    net = model_class._net(shop, sequences, settings, seed=3)
    with torch.no_grad():
        for parameter in net.parameters():  # zeros and ones would hide a mistake
            parameter.add_(torch.randn(parameter.shape) * 0.1)
    net.eval()
    model = model_class(model_class._export(net, shop), settings, {})

    last = np.zeros(len(shop.interactions), dtype=bool)
    last[shop.interactions.indptr[1:] - 1] = True
    ends = sequences.only(last)
    batch = ends.batch(np.arange(len(ends)))
    with torch.no_grad():
        table = net.inputs()
        queries = net.queries(batch, table)
        expected = (queries @ net.outputs(table).T).numpy()
    events = shop.interactions
    before = [
        ShopperState.before(shop, num, events.indptr[num + 1] - 1, int(events.timestamp[at]))
        for num in batch.users.tolist()
        for at in [events.indptr[num + 1] - 1]
    ]
    scores = model.score_batch(before)
    np.testing.assert_allclose(scores, expected, rtol=1e-4, atol=1e-4 * np.abs(expected).max())
    assert np.abs(expected).max() > 0.1


@pytest.mark.parametrize("name", sorted(set(DEEP) - {"transformer"}))
def test_in_a_shop_with_orders_the_orders_before_tell(name):
    """What is predicted is told by earlier ticks, so the net agrees with the state before them."""
    shop = SHOPS["grocery"]()
    model_class = MODELS.load(name)
    settings = settings_of(model_class, texts=False)
    sequences = Sequences.of(shop.interactions, max_length=40)
    net = model_class._net(shop, sequences, settings, seed=3).eval()
    model = model_class(model_class._export(net, shop), settings, {})
    batch = sequences.batch(np.arange(len(sequences)))
    with torch.no_grad():
        table = net.inputs()
        expected = (net.queries(batch, table) @ net.outputs(table).T).numpy()
    events = shop.interactions
    states = []
    for row, column in torch.nonzero(batch.is_target).tolist():
        user = int(batch.users[row])
        mine = events.rows_of(user)
        at = mine.start + column
        first = mine.start + int(np.searchsorted(events.step[mine], events.step[at]))
        states.append(ShopperState.before(shop, user, first, int(events.timestamp[at])))
    assert len({state.n_rows for state in states}) > 3
    scores = model.score_batch(states)
    np.testing.assert_allclose(scores, expected, rtol=1e-4, atol=1e-5)


def test_saved_and_read_it_gives_equal_scores(model, states):
    content = save({n: np.ascontiguousarray(a) for n, a in model.to_arrays().items()})
    config = json.loads(json.dumps(dict(model.config), allow_nan=False))
    again = type(model).from_arrays(load(content), config)
    np.testing.assert_array_equal(again.score_batch(states), model.score_batch(states))
    assert dict(again.config) == config


def test_products_nobody_chose_are_ranked_by_their_content(model, states):
    """Two cold products of other brands, prices, photos: told apart, and by whom is asked."""
    scores = model.score_batch(states[:5])[:, COLD]
    assert np.isfinite(scores).all()
    assert (np.abs(scores[:, 0] - scores[:, 1]) > 1e-6).all()
    assert np.ptp(scores, axis=0).min() > 1e-6


@pytest.mark.parametrize("name", DEEP)
def test_two_products_of_the_same_content_that_nobody_chose_score_the_same(name, shop):
    """Their ids say nothing: only what is known of them does."""
    table = shop.catalogue.table.to_pydict()
    for column in ("brand", "price_minor", "title"):
        table[column][15] = table[column][14]
    photos = shop.photos
    photos = replace(photos, photo_of=np.append(photos.photo_of[:15], photos.photo_of[14]))
    twins = replace(shop, catalogue=Catalogue(pa.table(table)), photos=photos)
    model_class = MODELS.load(name)
    split = leave_last_out(twins)
    model = model_class.fit(split, config=settings_of(model_class, train={"max_epochs": 2}))
    scores = model.score_batch([case.state(twins) for case in split.cases])
    np.testing.assert_allclose(scores[:, 14], scores[:, 15], rtol=1e-5)


def test_what_is_ignored_does_not_count(model, shop, split):
    """Ignoring the last events gives the state without them, but for how long ago it ended."""
    state = next(s for s in (case.state(shop) for case in split.cases) if s.n_rows >= 4)
    ignored = state.without([state.n_rows - 1])
    rows = shop.interactions.rows_of(state.user_num)
    shorter = ShopperState.before(shop, state.user_num, rows.start + state.n_rows - 1, state.now)
    a, b = model.score_batch([ignored, shorter])
    np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-5)
    assert np.abs(a - model.score_batch([state])[0]).max() > 1e-5


def test_an_event_that_says_nothing_does_not_count(model, shop, split):
    """A refund is in the history and does not speak."""
    assert "refund" in EVENT_NAMES
    state = split.cases[0].state(shop)
    refunded = state.record(1, "refund", state.now)
    scores = model.score_batch([state, refunded])
    np.testing.assert_allclose(scores[1], scores[0], rtol=1e-4, atol=1e-5)


def test_padding_does_not_count(model, states):
    """Beside a long history a short one is padded, and gives what it gives alone."""
    short = min(states[:-1], key=lambda one: one.n_rows)
    long = max(states[:-1], key=lambda one: one.n_rows)
    assert long.n_rows > short.n_rows
    alone = model.score_batch([short])[0]
    np.testing.assert_allclose(model.score_batch([long, short])[1], alone, rtol=1e-5, atol=1e-6)


def test_attention_weights_are_shares(attentive, states):
    for found, n in (
        (attentive.feature_weights(states), len(states)),
        (attentive.item_weights, N_ITEMS),
    ):
        assert found.weights.shape[0] == n
        assert found.weights.shape[2] == len(found.names) >= 3
        assert (found.weights >= 0.0).all()
        np.testing.assert_allclose(found.weights.sum(axis=2), 1.0, atol=1e-5)
        assert found.of_all_heads.shape == (n, len(found.names))


def test_weights_are_those_of_the_score(attentive, states):
    """The score computed again from features and the weights that are given out."""
    arrays, given = attentive.arrays, attentive.feature_weights(states)
    for mine, history in attentive.runs(states):
        features, _ = attentive.features(history, [states[i] for i in mine])
        n, n_features, dim = features.shape
        heads = given.weights.shape[1]
        values = (features @ arrays["attend.value.weight"].T).reshape(n, n_features, heads, -1)
        mixed = np.einsum("nhf,nfhd->nhd", given.weights[mine], values).reshape(n, dim)
        replayed = attentive.query_of(mixed) @ arrays["outputs"].T
        scores = attentive.score_batch([states[i] for i in mine]) - arrays["biases"]
        np.testing.assert_allclose(replayed, scores, rtol=1e-4, atol=1e-5)


def test_what_is_not_there_has_no_weight(attentive, states):
    names = attentive.feature_weights(states[:1]).names
    nobody = attentive.feature_weights(states[-1:]).weights[0]
    history = [at for at, name in enumerate(names) if name.startswith(("last", "sequence", "hist"))]
    assert history
    assert (nobody[:, history] == 0.0).all()
    items = attentive.item_weights
    if "photo" in items.names:
        photo = items.names.index("photo")
        assert (items.weights[[2, 7]][:, :, photo] == 0.0).all()
        assert (items.weights[0, :, photo] > 0.0).all()


def test_the_profile_counts(attentive, states):
    north, south = (replace(states[0], attributes={"region": one}) for one in ("north", "south"))
    never = replace(states[0], attributes={"region": "the moon"})
    scores = attentive.score_batch([north, south, never])
    assert np.abs(scores[0] - scores[1]).max() > 1e-6
    assert np.isfinite(scores[2]).all()


def test_fusion_says_which_modalities_a_shop_lacks(split):
    model_class = MODELS.load("fusion")
    config = settings_of(model_class, train={"max_epochs": 1})
    full = model_class.fit(split, config=config)
    assert full.config["modalities"] == {
        "used": ["profile", "sequence", "photo", "text"],
        "left_out": {},
    }
    bare = leave_last_out(a_shop(photos=False, texts=False))
    model = model_class.fit(bare, config=config)
    assert model.config["modalities"]["used"] == ["profile", "sequence"]
    assert set(model.config["modalities"]["left_out"]) == {"photo", "text"}
    switched = model_class.fit(split, config=settings_of(
        model_class, photos=False, train={"max_epochs": 1}
    ))  # fmt: skip
    assert "photo" in switched.config["modalities"]["left_out"]


@pytest.mark.parametrize("name", DEEP)
@pytest.mark.parametrize("shape", sorted(SHOPS))
def test_every_shape_of_shop_is_learned_or_refused_in_words(name, shape):
    model_class = MODELS.load(name)
    config = settings_of(model_class, train={"max_epochs": 2})
    shop = SHOPS[shape]()
    if shape in TOO_SMALL:
        with pytest.raises(NotEnoughDataError, match=TOO_SMALL[shape]):
            model_class.fit(leave_last_out(shop), config=config)
        return
    split = leave_last_out(shop)
    model = model_class.fit(split, config=config)
    scores = model.score_batch([case.state(split.full) for case in split.cases])
    assert scores.shape == (len(split.cases), shop.interactions.n_items)
    assert np.isfinite(scores).all()


SERVED = """
import json, sys
import numpy as np
from safetensors.numpy import load_file
from youli.data.state import ShopperState
from youli.registry import MODELS
for name in sys.argv[2:]:
    arrays = load_file(f"{sys.argv[1]}/{name}.arrays")
    config = json.load(open(f"{sys.argv[1]}/{name}.json"))
    model = MODELS.load(name).from_arrays(arrays, config)
    scores = model.score_batch([ShopperState("somebody new").record(1, "purchase", 7)])
    print(json.dumps([name, scores[0].tolist()]))
assert "torch" not in sys.modules, "serving must not need torch"
"""


def test_serving_needs_no_torch(split, tmp_path):
    """A process that reads and scores never imports it, and finds the same scores."""
    expected = {}
    for name in DEEP:
        model_class = MODELS.load(name)
        model = model_class.fit(split, config=settings_of(model_class, train={"max_epochs": 1}))
        arrays = {n: np.ascontiguousarray(a) for n, a in model.to_arrays().items()}
        (tmp_path / f"{name}.arrays").write_bytes(save(arrays))
        (tmp_path / f"{name}.json").write_text(json.dumps(dict(model.config)))
        state = ShopperState("somebody new").record(1, "purchase", 7)
        expected[name] = model.score_batch([state])[0]
    done = subprocess.run(
        [sys.executable, "-c", SERVED, str(tmp_path), *DEEP],
        capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert [name for name, _ in lines] == list(DEEP)
    for name, scores in lines:
        np.testing.assert_allclose(scores, expected[name], rtol=1e-5, atol=1e-6, err_msg=name)
