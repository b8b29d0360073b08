"""API keys as people handle them: made, listed, exchanged, revoked."""

from __future__ import annotations

import secrets
from dataclasses import replace
from typing import Any

from youli.errors import UnknownEntityError
from youli.serve.settings import new_api_key
from youli.storage.base import Storage
from youli.storage.records import KeyRecord, Role, iso, now_us

__all__ = ["create_key", "key_document", "list_keys", "revoke_key", "rotate_key"]

_DAY_US = 86_400 * 1_000_000


def create_key(
    storage: Storage, name: str, role: Role, *, days: float | None, actor: str
) -> tuple[KeyRecord, str]:
    """A new key, and the only time that it is seen; `days` is how long it opens."""
    key, moment = new_api_key(), now_us()
    until = None if days is None else moment + round(days * _DAY_US)
    record = KeyRecord(secrets.token_hex(4), name, role, moment, until)
    storage.keys.add(record, key)
    storage.audit.add(actor, "create key", record.key_id, {"name": name, "role": role.value})
    return record, key


def list_keys(storage: Storage) -> list[dict[str, Any]]:
    """Every key that was given out, valid or not; never the keys themselves."""
    return [key_document(one) for one in storage.keys.all()]


def revoke_key(storage: Storage, key_id: str, *, actor: str) -> KeyRecord:
    """Let a key open nothing from now on; raises `UnknownEntityError`."""
    record = _record(storage, key_id)
    storage.keys.revoke(key_id)
    storage.audit.add(actor, "revoke key", key_id)
    return replace(record, revoked_us=now_us())


def rotate_key(
    storage: Storage, key_id: str, *, overlap_days: float, actor: str
) -> tuple[KeyRecord, str]:
    """A new key of the same name and role; the old one opens on for the overlap, and no longer."""
    old = _record(storage, key_id)
    days = None
    if old.expires_us is not None:
        days = (old.expires_us - old.created_us) / _DAY_US
    new = create_key(storage, old.name, old.role, days=days, actor=actor)
    until = now_us() + round(overlap_days * _DAY_US)
    storage.keys.expire(key_id, until if old.expires_us is None else min(until, old.expires_us))
    return new


def key_document(record: KeyRecord) -> dict[str, Any]:
    """What may be shown of a key."""
    return {
        "key_id": record.key_id,
        "name": record.name,
        "role": record.role.value,
        "created": iso(record.created_us),
        "expires": None if record.expires_us is None else iso(record.expires_us),
        "revoked": None if record.revoked_us is None else iso(record.revoked_us),
        "valid": record.is_valid(now_us()),
    }


def _record(storage: Storage, key_id: str) -> KeyRecord:
    found = storage.keys.get(key_id)
    if found is None:
        raise UnknownEntityError(
            "There is no such key.", value=key_id, hint="See `youli keys list` for their ids."
        )
    return found
