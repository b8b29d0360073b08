"""What the people behind the shop keep: rules, settings, keys, and the record of who did what."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, delete, select, update

from youli.storage.connect import Database
from youli.storage.records import AuditRecord, KeyRecord, Role, RuleRecord, now_us
from youli.storage.tables import API_KEYS, AUDIT, RULES, SETTINGS

__all__ = ["AuditStore", "KeyStore", "RuleStore", "SettingStore"]


class RuleStore:
    """Merchant rules by id; each save is a new version of its rule."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self) -> list[RuleRecord]:
        """Every rule, in the order of ids."""
        found = select(RULES).order_by(RULES.c.rule_id)
        return self._database.read(lambda c: [_rule(row) for row in c.execute(found)])

    def get(self, rule_id: str) -> RuleRecord | None:
        """One rule, or None."""
        found = select(RULES).where(RULES.c.rule_id == rule_id)
        row = self._database.read(lambda c: c.execute(found).first())
        return None if row is None else _rule(row)

    def save(self, rule: RuleRecord) -> RuleRecord:
        """Keep a rule under its id; gives it with its new version and moment."""

        def work(connection: Connection) -> int:
            row = self._database.insert(RULES).values(
                rule_id=rule.rule_id,
                document=dict(rule.document),
                placement=rule.placement,
                starts_us=rule.starts_us,
                ends_us=rule.ends_us,
                version=1,
                updated_us=moment,
                updated_by=rule.updated_by,
            )
            names = ("document", "placement", "starts_us", "ends_us", "updated_us", "updated_by")
            after = {name: row.excluded[name] for name in names}
            upsert = row.on_conflict_do_update(
                index_elements=["rule_id"], set_={**after, "version": RULES.c.version + 1}
            )
            version = connection.execute(upsert.returning(RULES.c.version)).scalar_one()
            self._database.bump(connection, "rules")
            return int(version)

        moment = now_us()
        return replace(rule, version=self._database.write(work), updated_us=moment)

    def delete(self, rule_id: str) -> bool:
        """Forget a rule; whether there was one."""

        def work(connection: Connection) -> bool:
            gone = connection.execute(delete(RULES).where(RULES.c.rule_id == rule_id)).rowcount
            self._database.bump(connection, "rules")
            return gone > 0

        return self._database.write(work)


class SettingStore:
    """Named JSON documents."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, name: str) -> Any:
        """A setting, or None where it was never set."""
        found = select(SETTINGS.c.document).where(SETTINGS.c.name == name)
        return self._database.read(lambda c: c.execute(found).scalar())

    def set(self, name: str, document: Any) -> None:
        """Keep a setting."""

        def work(connection: Connection) -> None:
            row = self._database.insert(SETTINGS).values(name=name, document=document)
            after = {"document": row.excluded.document}
            connection.execute(row.on_conflict_do_update(index_elements=["name"], set_=after))
            self._database.bump(connection, "settings")

        self._database.write(work)

    def once(self, name: str, document: Any) -> Any:
        """The setting, set to `document` where it was never set: the first of several wins."""
        known = self.get(name)
        if known is not None:
            return known
        row = self._database.insert(SETTINGS).values(name=name, document=document)
        self._database.write(lambda c: c.execute(row.on_conflict_do_nothing()))
        return self.get(name)


class KeyStore:
    """API keys by their digest. A key is 192 random bits: one round of SHA-256 hides it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, record: KeyRecord, key: str) -> None:
        """Keep a key's digest and what it may do."""

        def work(connection: Connection) -> None:
            row = self._database.insert(API_KEYS).values(
                key_id=record.key_id,
                digest=_digest(key),
                name=record.name,
                role=record.role.value,
                created_us=record.created_us,
                expires_us=record.expires_us,
            )
            connection.execute(row.on_conflict_do_nothing(index_elements=["key_id"]))
            self._database.bump(connection, "keys")

        self._database.write(work)

    def find(self, key: str) -> KeyRecord | None:
        """The record of a key, valid or not; None for a key that was never given out."""
        found = select(API_KEYS).where(API_KEYS.c.digest == _digest(key))
        row = self._database.read(lambda c: c.execute(found).first())
        return None if row is None else _key(row)

    def get(self, key_id: str) -> KeyRecord | None:
        """The record of a key by its id, or None."""
        found = select(API_KEYS).where(API_KEYS.c.key_id == key_id)
        row = self._database.read(lambda c: c.execute(found).first())
        return None if row is None else _key(row)

    def all(self) -> list[KeyRecord]:
        """Every key that was ever given out, the oldest first."""
        found = select(API_KEYS).order_by(API_KEYS.c.created_us, API_KEYS.c.key_id)
        return self._database.read(lambda c: [_key(row) for row in c.execute(found)])

    def revoke(self, key_id: str) -> bool:
        """Let a key open nothing from now on; whether there is such a key."""
        return self._change(key_id, {"revoked_us": now_us()})

    def expire(self, key_id: str, at_us: int) -> bool:
        """Let a key open nothing from a moment on; whether there is such a key."""
        return self._change(key_id, {"expires_us": at_us})

    def _change(self, key_id: str, values: Mapping[str, int]) -> bool:
        def work(connection: Connection) -> bool:
            changed = update(API_KEYS).where(API_KEYS.c.key_id == key_id).values(**values)
            found = connection.execute(changed).rowcount > 0
            self._database.bump(connection, "keys")
            return found

        return self._database.write(work)


class AuditStore:
    """Who did what; rows are added and never changed."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(
        self, actor: str, action: str, subject: str, document: Mapping[str, Any] | None = None
    ) -> None:
        """Note that `actor` (the name of a key) did something to `subject`."""
        row = self._database.insert(AUDIT).values(
            actor=actor,
            action=action,
            subject=subject,
            document=dict(document or {}),
            created_us=now_us(),
        )
        self._database.write(lambda c: c.execute(row))

    def page(self, before: int | None = None, limit: int = 100) -> list[AuditRecord]:
        """The latest notes first; those in front of the number `before`."""
        found = select(AUDIT).order_by(AUDIT.c.seq.desc()).limit(limit)
        if before is not None:
            found = found.where(AUDIT.c.seq < before)
        return self._database.read(lambda c: [AuditRecord(**r._mapping) for r in c.execute(found)])


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()


def _rule(row: Any) -> RuleRecord:
    return RuleRecord(**row._mapping)


def _key(row: Any) -> KeyRecord:
    return KeyRecord(
        row.key_id, row.name, Role(row.role), row.created_us, row.expires_us, row.revoked_us
    )
