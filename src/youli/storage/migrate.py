"""Brings a database to the schema of this version, from whichever earlier one it has.

The steps lie in `youli.storage.migrations`, numbered from 0001, and keep what is stored. All that
are missing run in one transaction, and one process at a time runs them.
"""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, func, inspect, select, text

from youli.errors import StorageError
from youli.storage.connect import Database
from youli.storage.tables import METADATA

__all__ = ["HEAD", "current", "row_counts", "upgrade"]

#: The newest step. Opening a database that has it imports nothing of Alembic.
HEAD = "0001"
_TABLE = "alembic_version"


def current(database: Database) -> str | None:
    """The step that a database is at; None where it is empty."""
    return database.read(_current)


def upgrade(database: Database, to: str = HEAD) -> str | None:
    """Run the missing steps up to `to`; gives the step that it was at before.

    Raises `StorageError` for a database that a newer version made.
    """
    before = current(database)
    if before is not None and before > HEAD:
        raise StorageError(
            f"this database has the schema {before} of a newer version; this one knows {HEAD}",
            where=database.url.render_as_string(hide_password=True),
            value=before,
            hint="install that version of youli, or name another database",
        )
    if before != to:
        database.write(lambda connection: _run(database, connection, to))
    return before


def row_counts(database: Database) -> dict[str, int]:
    """How many rows each table has."""

    def counted(connection: Connection) -> dict[str, int]:
        return {
            name: int(connection.execute(select(func.count()).select_from(table)).scalar_one())
            for name, table in METADATA.tables.items()
        }

    return database.read(counted)


def _current(connection: Connection) -> str | None:
    if not inspect(connection).has_table(_TABLE):
        return None
    return connection.execute(text(f"SELECT version_num FROM {_TABLE}")).scalar()  # noqa: S608 - a constant of ours


def _run(database: Database, connection: Connection, to: str) -> None:
    # Alembic takes a quarter of a second to import; a start without a migration saves it.
    from alembic.config import Config
    from alembic.runtime.environment import EnvironmentContext
    from alembic.script import ScriptDirectory

    database.lock_for_migration(connection)
    folder = str(Path(__file__).parent / "migrations")
    config = Config()
    for option in ("script_location", "version_locations"):
        config.set_main_option(option, folder.replace("%", "%%"))
    config.set_main_option("path_separator", "newline")
    scripts = ScriptDirectory.from_config(config)

    def steps(revision: object, _context: object) -> object:
        return scripts._upgrade_revs(to, revision)  # type: ignore[arg-type]  # as alembic.command does

    with EnvironmentContext(config, scripts, fn=steps) as environment:
        environment.configure(connection=connection, transactional_ddl=True)
        environment.run_migrations()
