"""How well utterances are understood, counted on written ones: intents, slots, confusions.

The held-out half was written before the grammar, about other products and in other words; its file
is fixed by its hash, and nothing was tuned on it. Both halves have one author, so what real
shoppers say may differ more.
"""

from __future__ import annotations

import hashlib
import time
from collections import Counter
from dataclasses import dataclass, field
from importlib.resources import files
from typing import Any

import numpy as np

from youli.dialogue.intents import ExampleModel
from youli.dialogue.understand import Understander
from youli.dialogue.utterances import (
    EXAMPLES,
    HELD_OUT,
    SETS,
    UtteranceSet,
    fit_examples,
    load_set,
    same_products,
    slots_of,
)
from youli.features.base import Encoder

__all__ = ["HELD_OUT_SHA256", "Scores", "bench_dialogue", "held_out_hash", "score_set"]

#: Of the held-out files, one after the other; set with their first commit.
HELD_OUT_SHA256 = "92252ae6235fd9f678f6f22545e4ddbcf1e423189c278b3d74cf35181c23790c"
#: Folds for the learning half: nobody is judged by a model that has seen the utterance.
_FOLDS = 5
#: Resamples of the interval, and its level.
_N_RESAMPLES, _LEVEL = 1_000, (2.5, 97.5)


@dataclass
class Scores:
    """Counts of one set of utterances."""

    n: int = 0
    n_intents: int = 0
    n_whole: int = 0
    n_hits: int = 0
    n_extra: int = 0
    n_missed: int = 0
    #: Of each utterance: intent right, slots hit, extra, missed.
    rows: list[tuple[int, int, int, int]] = field(default_factory=list)
    confused: Counter[tuple[str, str]] = field(default_factory=Counter)
    cpu_ms: list[float] = field(default_factory=list)

    def add(self, other: Scores) -> None:
        """Count another set's utterances, too."""
        for name in ("n", "n_intents", "n_whole", "n_hits", "n_extra", "n_missed"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.rows += other.rows
        self.confused += other.confused
        self.cpu_ms += other.cpu_ms

    def document(self, seed: int = 0) -> dict[str, Any]:
        """Shares with 95 % bootstrap intervals over utterances, and the latency."""
        rows = np.array(self.rows, dtype=np.float64)
        drawn = np.random.default_rng(seed).integers(0, len(rows), (_N_RESAMPLES, len(rows)))
        sums = rows[drawn].sum(axis=1)  # [resamples, 4]
        f1 = 2 * sums[:, 1] / np.maximum(1.0, 2 * sums[:, 1] + sums[:, 2] + sums[:, 3])
        intents = sums[:, 0] / len(rows)
        return {
            "n": self.n,
            "intent_accuracy": self.n_intents / self.n,
            "intent_interval": np.percentile(intents, _LEVEL).tolist(),
            "slot_f1": 2 * self.n_hits / max(1, 2 * self.n_hits + self.n_extra + self.n_missed),
            "slot_interval": np.percentile(f1, _LEVEL).tolist(),
            "whole_frame": self.n_whole / self.n,
            "cpu_ms_p50": float(np.percentile(self.cpu_ms, 50)),
            "cpu_ms_p95": float(np.percentile(self.cpu_ms, 95)),
            "confused": [
                {"is": one, "taken_for": other, "n": n}
                for (one, other), n in self.confused.most_common()
                if one != other
            ],
            "by_intent": self._by_intent(),
        }

    def _by_intent(self) -> dict[str, dict[str, int]]:
        found: dict[str, dict[str, int]] = {}
        for (one, other), n in sorted(self.confused.items()):
            row = found.setdefault(one, {"n": 0, "right": 0})
            row["n"] += n
            row["right"] += n * (one == other)
        return found


def score_set(given: UtteranceSet, examples: ExampleModel | None) -> Scores:
    """Understand every utterance of a set without context and compare intent and slots.

    A slot counts as hit where name and value are equal; of an utterance whose intent was missed,
    its slots count as they were understood.
    """
    understander, scores = Understander.of(given.catalogue, examples), Scores()
    for one in given.utterances:
        started = time.thread_time()
        found = understander.understand(one.text)
        scores.cpu_ms.append(1_000 * (time.thread_time() - started))
        got = same_products(slots_of(found, given.catalogue), found.intent, given.catalogue)
        wanted = same_products(one.slots, one.intent, given.catalogue)
        right = int(found.intent is one.intent)
        hits, extra, missed = len(got & wanted), len(got - wanted), len(wanted - got)
        scores.add(
            Scores(
                n=1, n_intents=right, n_whole=int(right and not extra and not missed),
                n_hits=hits, n_extra=extra, n_missed=missed, rows=[(right, hits, extra, missed)],
                confused=Counter({(one.intent.value, found.intent.value): 1}),
            )
        )  # fmt: skip
    return scores


def held_out_hash() -> str:
    """SHA-256 of the held-out files as they are now."""
    package, folder = HELD_OUT
    digest = hashlib.sha256()
    for file in sorted(files(package).joinpath(folder).iterdir(), key=lambda one: one.name):
        digest.update(file.name.encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()


def bench_dialogue(encoder: Encoder) -> dict[str, Any]:
    """Both halves, each language: the learning half by folds, the held-out half as it is."""
    learned = [load_set(EXAMPLES, name) for name in SETS]
    return {
        "held_out_sha256": held_out_hash(),
        "held_out_unchanged": held_out_hash() == HELD_OUT_SHA256,
        "held_out": _measured({n: [(load_set(HELD_OUT, n), fit_examples(encoder))] for n in SETS}),
        "held_out_patterns_alone": _measured({n: [(load_set(HELD_OUT, n), None)] for n in SETS}),
        "examples": _measured(_by_folds(learned, encoder)),
    }


def _measured(parts: dict[str, list[tuple[UtteranceSet, ExampleModel | None]]]) -> dict[str, Any]:
    whole, found = Scores(), {}
    for name, sets in parts.items():
        scores = Scores()
        for given, examples in sets:
            scores.add(score_set(given, examples))
        found[name] = scores.document()
        whole.add(scores)
    return {**found, "all": whole.document()}


def _by_folds(
    sets: list[UtteranceSet], encoder: Encoder
) -> dict[str, list[tuple[UtteranceSet, ExampleModel | None]]]:
    """Every utterance with a model that was fitted without its fold."""
    found: dict[str, list[tuple[UtteranceSet, ExampleModel | None]]] = {n.name: [] for n in sets}
    for fold in range(_FOLDS):
        model = fit_examples(encoder, [_part(one, fold, inside=False) for one in sets])
        for one in sets:
            found[one.name].append((_part(one, fold, inside=True), model))
    return found


def _part(given: UtteranceSet, fold: int, *, inside: bool) -> UtteranceSet:
    kept = tuple(one for at, one in enumerate(given.utterances) if (at % _FOLDS == fold) == inside)
    return UtteranceSet(given.name, kept, given.catalogue)
