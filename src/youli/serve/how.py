"""How the shop recommends: the main parameters, read off the model that is serving."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from youli.errors import NotEnoughDataError
from youli.explain.overview.drivers import DriversConfig, find_drivers

if TYPE_CHECKING:
    from youli.engine import Engine

__all__ = ["K_ANONYMITY", "How"]

#: Other shoppers are spoken of from so many on, in reasons and in shares alike.
K_ANONYMITY = 5
#: A page may wait for these few lists: each costs a ranking with its whole ledger.
_SAMPLE = DriversConfig(n_shoppers=40, n_months=0, n_resamples=200)
#: Answers that are kept; there are not many groups to ask about.
_MOST_KEPT = 64


class How:
    """What drives the lists of one model; measured when first asked for, then kept."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._lock = threading.Lock()
        self._kept: dict[tuple[str, DriversConfig], dict[str, Any]] = {}

    def drivers(self, segment: str, config: DriversConfig) -> dict[str, Any]:
        """The document of `find_drivers`, which also says what it raises; one at a time."""
        found = self._kept.get((segment, config))
        if found is not None:  # nobody waits for what somebody else has measured
            return found
        with self._lock:
            found = self._kept.get((segment, config))
            if found is None:
                found = find_drivers(self._engine.ranker, config, segment=segment).document()
                if len(self._kept) >= _MOST_KEPT:
                    self._kept.clear()
                self._kept[segment, config] = found
            return found

    def segments(self) -> list[str]:
        """The groups of shoppers that can be asked about; "" is everybody."""
        attributes = self._engine.shop.shoppers.attributes
        return [
            "",
            "new",
            "heavy",
            *(f"{a.name}={label}" for a in attributes for label in a.values),
        ]

    def document(self) -> dict[str, Any]:
        """Shares of the kinds of reason, learned weights and the rules of the list.

        No shares, of no shoppers, where the shop has too few to speak of.
        """
        engine = self._engine
        shop, ranker = engine.shop, engine.ranker
        try:
            drivers = self.drivers("", _SAMPLE)
        except NotEnoughDataError:  # said in the document: no shares, of no shoppers
            drivers = {"n_shoppers": 0, "shares": {"channel": []}}
        by_channel = {one["name"]: one for one in drivers["shares"]["channel"]}
        names = dict.fromkeys((*by_channel, *ranker.channels))
        return {
            "model_version": engine.model_version,
            "data_until": shop.data_until.isoformat().replace("+00:00", "Z"),
            "n_events": len(shop.interactions),
            "n_items": shop.interactions.n_items,
            "n_users": shop.interactions.n_users,
            "n_shoppers": drivers["n_shoppers"],
            "repeats": ranker.config.repeats,
            "diversity": ranker.config.diversity,
            "k_anonymity": K_ANONYMITY,
            "left_out": list(engine.fitted.report.get("protected_left_out", ())),
            "kinds": [
                {
                    "channel": name,
                    **{
                        part: by_channel.get(name, {}).get(part)
                        for part in ("share", "low", "high")
                    },
                    "weights": self._weights(name),
                }
                for name in names
            ],
        }

    def _weights(self, name: str) -> list[dict[str, Any]]:
        """The weights of a channel that are not zero; none for a rule of the list."""
        ranker = self._engine.ranker
        if name not in ranker.channels:
            return []
        pairs = zip(
            ranker.channels[name].basis_names, ranker.coefficients[name].tolist(), strict=True
        )
        return [{"basis": basis, "weight": weight} for basis, weight in pairs if weight]
