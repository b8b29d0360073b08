"""The merchant's rules as they are stored, and as they act on each list right now.

What is kept in memory belongs to one version of the stored rules and one shop; `look` is told the
version before every request, so a change made by any worker acts in the next answer of all.
"""

from __future__ import annotations

import logging
import secrets
import threading
import time
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from pydantic import ValidationError

from youli.data.shop import Shop
from youli.errors import FilterError, InputError, UnknownEntityError
from youli.rank.rules import NO_RULES, ActiveRules, MerchantRule, active_rules
from youli.storage.base import Storage
from youli.storage.records import RuleRecord, iso

__all__ = ["RuleBook"]

_LOG = logging.getLogger("youli.serve")
_SECOND_US = 1_000_000
#: Names of lists are the callers' to choose, so that what is kept of them is bounded.
_MOST_KEPT = 64
_MOST_RULES = 1_000


class RuleBook:
    """The rules of one shop; safe to use from many threads."""

    def __init__(self, storage: Storage, shop: Shop) -> None:
        self._storage = storage
        self._shop = shop
        self._lock = threading.Lock()
        self._version = -1
        self._rules: tuple[MerchantRule, ...] = ()
        #: Placement → until when it holds, what acts.
        self._kept: dict[str, tuple[datetime | None, ActiveRules]] = {}

    def look(self, version: int) -> None:
        """Take up the stored rules where their version is another one."""
        if version == self._version:
            return
        with self._lock:
            rules = []
            for record in self._storage.rules.all():
                rule = _rule_of(record)
                try:
                    rule.mask(self._shop)
                except FilterError as error:  # its catalogue may have changed; `documents` says so
                    _LOG.warning("rule %s does not apply: %s", rule.rule_id, error.problem)
                else:
                    rules.append(rule)
            self._rules = tuple(rules)
            self._kept = {}
            self._version = version

    def active(self, placement: str, moment: datetime | None = None) -> ActiveRules:
        """What acts on a list now."""
        # What is kept is taken before the rules: a change in between must not be kept as the old.
        kept_by, rules = self._kept, self._rules
        if not rules:
            return NO_RULES
        now = datetime.now(UTC) if moment is None else moment
        kept = kept_by.get(placement)
        if kept is not None and moment is None and (kept[0] is None or now < kept[0]):
            return kept[1]
        found = active_rules(rules, self._shop, placement, now)
        if moment is None and (placement in kept_by or len(kept_by) < _MOST_KEPT):
            # A rule that begins or ends changes what acts; until then it may be kept.
            turns = [t for rule in rules for t in (rule.starts, rule.ends) if t and t > now]
            kept_by[placement] = (min(turns, default=None), found)
        return found

    def previewed(self, rule: MerchantRule, placement: str) -> tuple[ActiveRules, ActiveRules]:
        """What acts on a list now, and what would with one rule more, or changed.

        The rule is taken as if it acted already. Raises `FilterError` where it does not apply.
        """
        at_once = {"starts": None, "ends": None, "enabled": True, "placement": placement}
        added = rule.model_copy(update={**at_once, "rule_id": rule.rule_id or "preview"})
        others = [one for one in self._rules if one.rule_id != rule.rule_id]
        # A changed rule keeps its turn; a new one comes last.
        after = [*others, added]
        if rule.rule_id:
            after.sort(key=lambda one: one.rule_id)
        now = datetime.now(UTC)
        return (
            active_rules(self._rules, self._shop, placement, now),
            active_rules(after, self._shop, placement, now),
        )

    def documents(self) -> list[dict[str, Any]]:
        """Every stored rule, in the order in which they were made."""
        return [self._document(one) for one in self._storage.rules.all()]

    def document(self, rule_id: str) -> dict[str, Any]:
        """One rule; raises `UnknownEntityError`."""
        record = self._storage.rules.get(rule_id)
        if record is None:
            raise _unknown(rule_id)
        return self._document(record)

    def create(self, rule: MerchantRule, by: str) -> dict[str, Any]:
        """Store a new rule under an id of ours; raises `InputError` where it does not apply."""
        if len(self._storage.rules.all()) >= _MOST_RULES:
            raise InputError(
                f"there are {_MOST_RULES} rules already", hint="delete those that ended"
            )
        # Ids sort by the moment they were made at: earlier rules go before later ones.
        rule_id = f"r{time.time_ns() // 1_000_000:012x}{secrets.token_hex(2)}"
        made = rule.model_copy(update={"rule_id": rule_id, "made_by": rule.made_by or by})
        return self._save(made, by, "create")

    def replace(self, rule_id: str, rule: MerchantRule, by: str) -> dict[str, Any]:
        """Store a rule in the place of another; raises `UnknownEntityError`, `InputError`."""
        before = self._storage.rules.get(rule_id)
        if before is None:
            raise _unknown(rule_id)
        made_by = rule.made_by or str(before.document.get("made_by", "")) or by
        changed = rule.model_copy(update={"rule_id": rule_id, "made_by": made_by})
        return self._save(changed, by, "replace")

    def delete(self, rule_id: str, by: str) -> None:
        """Forget a rule; raises `UnknownEntityError`."""
        if not self._storage.rules.delete(rule_id):
            raise _unknown(rule_id)
        self._storage.audit.add(by, "rule.delete", rule_id)

    def _save(self, rule: MerchantRule, by: str, action: str) -> dict[str, Any]:
        rule.mask(self._shop)  # says what is wrong before anything is stored
        unknown = _unknown_items(rule, self._shop)
        if unknown and len(unknown) == len(rule.items):
            raise InputError(
                "this shop has none of the rule's products",
                value=unknown[0],
                hint="items are ids of the shop's own, as in its catalogue",
            )
        record = RuleRecord(
            rule_id=rule.rule_id,
            document=rule.model_dump(mode="json", exclude={"rule_id"}),
            placement=rule.placement,
            starts_us=_micros(rule.starts),
            ends_us=_micros(rule.ends),
            updated_by=by,
        )
        saved = self._storage.rules.save(record)
        self._storage.audit.add(by, f"rule.{action}", rule.rule_id, record.document)
        return self._document(saved)

    def _document(self, record: RuleRecord) -> dict[str, Any]:
        rule = _rule_of(record)
        n_items = None
        try:
            n_items = int(rule.mask(self._shop).sum())
            problem = None
        except FilterError as error:
            problem = error.problem
        return {
            "rule_id": record.rule_id,
            **rule.model_dump(mode="json", exclude={"rule_id"}),
            "n_products": n_items,
            "unknown_items": _unknown_items(rule, self._shop),
            "problem": problem,
            "acts_now": problem is None and rule.acts(rule.placement, datetime.now(UTC)),
            "version": record.version,
            "updated": iso(record.updated_us),
            "updated_by": record.updated_by,
        }


def _rule_of(record: RuleRecord) -> MerchantRule:
    try:
        return MerchantRule.model_validate({**record.document, "rule_id": record.rule_id})
    except ValidationError as error:  # written by a newer version: better said than passed over
        raise InputError(
            f"the stored rule {record.rule_id} cannot be read",
            value=record.rule_id,
            hint="delete it, or serve with the version that wrote it",
        ) from error


def _unknown_items(rule: MerchantRule, shop: Shop) -> list[str]:
    items: Iterable[str] = dict.fromkeys(rule.items)
    return [one for one in items if shop.interactions.items.num(one) is None]


def _micros(moment: datetime | None) -> int | None:
    return None if moment is None else int(moment.timestamp() * _SECOND_US)


def _unknown(rule_id: str) -> UnknownEntityError:
    return UnknownEntityError(
        "There is no such rule.", value=rule_id, hint="GET /api/merchant-rules names them."
    )
