"""What is stored of one shopper, and the version that says whether a kept copy is still right."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import (
    BindParameter,
    Connection,
    Integer,
    and_,
    bindparam,
    delete,
    func,
    select,
    update,
)

from youli.data.schema import TAKES_BACK
from youli.storage.connect import Database
from youli.storage.erasure import ErasureStore
from youli.storage.records import (
    IgnoredEvent,
    InterestChoice,
    ShopperVersion,
    StoredEvent,
    StoredShopper,
    now_us,
)
from youli.storage.tables import ERASED, EVENTS, FEEDBACK, IGNORED_EVENTS, INTERESTS, SHOPPERS

__all__ = ["HIDES", "ShopperStore", "bump_shoppers"]

#: Feedback on a product that takes it out of the shopper's lists until it is withdrawn.
HIDES = ("not_for_me", "dismissed")

#: Asked before every answer, so it is built once.
_VERSION = select(
    select(SHOPPERS.c.version).where(SHOPPERS.c.user_id == bindparam("user_id")).scalar_subquery(),
    select(ERASED.c.n_times).where(ERASED.c.id_hash == bindparam("id_hash")).scalar_subquery(),
)


def bump_shoppers(database: Database, connection: Connection, user_ids: Sequence[str]) -> None:
    """Tell all workers that what they keep of these shoppers is out of date."""
    if not user_ids:
        return
    moment = now_us()
    row = database.insert(SHOPPERS)
    after = {"version": SHOPPERS.c.version + 1, "updated_us": row.excluded.updated_us}
    connection.execute(
        row.on_conflict_do_update(index_elements=["user_id"], set_=after),
        [{"user_id": one, "version": 1, "updated_us": moment} for one in user_ids],
    )


class ShopperStore:
    """Shoppers by id; `version` is one quick look, `load` reads everything."""

    def __init__(self, database: Database, erasure: ErasureStore) -> None:
        self._database = database
        self._id_hash = erasure.id_hash

    def version(self, user_id: str) -> ShopperVersion:
        """What a kept copy is compared with; zeros for somebody nothing is stored of."""
        named = {"user_id": user_id, "id_hash": self._id_hash(user_id)}
        row = self._database.read(lambda c: c.execute(_VERSION, named).one())
        return ShopperVersion(row[0] or 0, row[1] or 0)

    def load(
        self,
        user_id: str,
        *,
        version: ShopperVersion | None = None,
        after: int = 0,
        most_events: int | None = None,
    ) -> StoredShopper:
        """All that is stored of a shopper; `version` is the one that was just read, if it was.

        `after` leaves out the events up to that number of arrival (the artifact has them);
        `most_events` keeps the latest ones by their own time.
        """
        if version is None:
            version = self.version(user_id)  # first: what changes meanwhile is a newer version
        if version.version == 0:
            return StoredShopper(user_id, version)
        return self._database.read(lambda c: _load(c, user_id, version, after, most_events))

    def set_attributes(self, user_id: str, attributes: Mapping[str, str] | None) -> None:
        """Keep what the shop says of a shopper; None forgets it."""
        self._change(user_id, {"attributes": None if attributes is None else dict(attributes)})

    def change_attributes(
        self, user_id: str, changed: Mapping[str, str], otherwise: Mapping[str, str]
    ) -> None:
        """Put some attributes to those that are kept, or to `otherwise` where none are.

        Two at once come one after the other, so that neither takes the other's change back.
        """
        mine = SHOPPERS.c.user_id == user_id
        found = select(SHOPPERS.c.attributes).where(mine).with_for_update()

        def work(connection: Connection) -> None:
            bump_shoppers(self._database, connection, [user_id])
            kept = connection.execute(found).scalar_one()
            after = {**(otherwise if kept is None else kept), **changed}
            connection.execute(update(SHOPPERS).where(mine).values(attributes=after))

        self._database.write(work)

    def personalise(self, user_id: str, wanted: bool) -> None:
        """Turn personalisation on or off."""
        self._change(user_id, {"is_personalised": wanted})

    def ignore(self, user_id: str, events: Iterable[IgnoredEvent]) -> None:
        """Let these events of a shopper not count."""
        rows = [
            {
                "user_id": user_id,
                "item_id": one.item_id,
                "event": one.event,
                "timestamp_s": one.timestamp_s,
            }
            for one in events
        ]

        def work(connection: Connection) -> None:
            if rows:
                insert = self._database.insert(IGNORED_EVENTS).on_conflict_do_nothing()
                connection.execute(insert, rows)
            bump_shoppers(self._database, connection, [user_id])

        self._database.write(work)

    def restore(self, user_id: str, events: Iterable[IgnoredEvent] | None = None) -> None:
        """Let these ignored events count again; all of them where None."""
        mine = IGNORED_EVENTS.c.user_id == user_id
        which = (
            [mine]
            if events is None
            else [
                and_(
                    mine,
                    IGNORED_EVENTS.c.item_id == one.item_id,
                    IGNORED_EVENTS.c.event == one.event,
                    IGNORED_EVENTS.c.timestamp_s == one.timestamp_s,
                )
                for one in events
            ]
        )

        def work(connection: Connection) -> None:
            for condition in which:
                connection.execute(delete(IGNORED_EVENTS).where(condition))
            bump_shoppers(self._database, connection, [user_id])

        self._database.write(work)

    def choose(self, user_id: str, interest: InterestChoice) -> None:
        """Keep what a shopper said of one interest."""
        row = self._database.insert(INTERESTS).values(
            user_id=user_id,
            attribute=interest.attribute,
            value=interest.value,
            choice=interest.choice,
        )
        keys = ["user_id", "attribute", "value"]
        upsert = row.on_conflict_do_update(index_elements=keys, set_={"choice": interest.choice})
        self._and_bump(user_id, upsert)

    def unchoose(self, user_id: str, attribute: str, value: str) -> None:
        """Forget what a shopper said of one interest."""
        self._and_bump(
            user_id,
            delete(INTERESTS).where(
                INTERESTS.c.user_id == user_id,
                INTERESTS.c.attribute == attribute,
                INTERESTS.c.value == value,
            ),
        )

    def page(self, after: str = "", limit: int = 100) -> list[str]:
        """Ids of shoppers that something is stored of, in their order, those behind `after`."""
        ids = select(SHOPPERS.c.user_id).where(SHOPPERS.c.user_id > after)
        found = ids.order_by(SHOPPERS.c.user_id).limit(limit)
        return self._database.read(lambda c: list(c.execute(found).scalars()))

    def count(self) -> int:
        """Of how many shoppers something is stored."""
        counted = select(func.count()).select_from(SHOPPERS)
        return self._database.read(lambda c: int(c.execute(counted).scalar_one()))

    def _change(self, user_id: str, values: Mapping[str, object]) -> None:
        row = self._database.insert(SHOPPERS)
        named = {"user_id": user_id, "version": 1, "updated_us": now_us(), **values}
        after = {
            "version": SHOPPERS.c.version + 1,
            **{name: row.excluded[name] for name in (*values, "updated_us")},
        }
        upsert = row.on_conflict_do_update(index_elements=["user_id"], set_=after)
        self._database.write(lambda c: c.execute(upsert, [named]))

    def _and_bump(self, user_id: str, statement: object) -> None:
        def work(connection: Connection) -> None:
            connection.execute(statement)  # type: ignore[call-overload]  # any of the above
            bump_shoppers(self._database, connection, [user_id])

        self._database.write(work)


#: Asked for every shopper who is not at hand, so they are built once.
_USER: BindParameter[str] = bindparam("user_id")
_EVENTS = (
    select(EVENTS)
    .where(EVENTS.c.user_id == _USER, EVENTS.c.seq > bindparam("after"))
    .order_by(EVENTS.c.timestamp_us.desc(), EVENTS.c.seq.desc())
    .limit(bindparam("most_events", type_=Integer))
)
_IGNORED = select(IGNORED_EVENTS).where(IGNORED_EVENTS.c.user_id == _USER)
_INTERESTS = select(INTERESTS).where(INTERESTS.c.user_id == _USER)
_HIDDEN = select(FEEDBACK.c.item_id).where(
    FEEDBACK.c.user_id == _USER,
    FEEDBACK.c.about == "item",
    FEEDBACK.c.kind.in_(HIDES),
    FEEDBACK.c.is_withdrawn.is_(False),
)
#: Most shoppers have none of the three: one statement says so, and three are saved.
_SHOPPER = select(
    SHOPPERS.c.attributes,
    SHOPPERS.c.is_personalised,
    _IGNORED.exists().label("has_ignored"),
    _INTERESTS.exists().label("has_interests"),
    _HIDDEN.exists().label("has_hidden"),
).where(SHOPPERS.c.user_id == _USER)
#: More events than a shopper has.
_ALL = 2**31 - 1


def _load(
    connection: Connection,
    user_id: str,
    version: ShopperVersion,
    after: int,
    most_events: int | None,
) -> StoredShopper:
    named = {"user_id": user_id}
    shopper = connection.execute(_SHOPPER, named).first()
    if shopper is None:  # erased since the version was read
        return StoredShopper(user_id, version)
    limit = _ALL if most_events is None else most_events
    wanted = {**named, "after": after, "most_events": limit}
    events = [StoredEvent(**row._mapping) for row in connection.execute(_EVENTS, wanted)]
    ignored = connection.execute(_IGNORED, named) if shopper.has_ignored else ()
    interests = connection.execute(_INTERESTS, named) if shopper.has_interests else ()
    hidden = connection.execute(_HIDDEN, named) if shopper.has_hidden else ()
    return StoredShopper(
        user_id,
        version,
        attributes=shopper.attributes,
        is_personalised=shopper.is_personalised,
        events=tuple(sorted(events, key=_moment)),
        ignored=frozenset(IgnoredEvent(row.item_id, row.event, row.timestamp_s) for row in ignored),
        interests=tuple(InterestChoice(row.attribute, row.value, row.choice) for row in interests),
        hidden=frozenset(row.item_id for row in hidden),
    )


def _moment(event: StoredEvent) -> tuple[int, bool, str]:
    """The order of a history; a refund of the same moment comes after what it takes back."""
    return event.timestamp_us, event.event in TAKES_BACK, event.event_id
