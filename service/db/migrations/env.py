"""What Alembic runs for each upgrade: our tables, on the connection that the caller holds.

The connection comes from ``Database.upgrade``, already in a writing transaction, so that two services
that start at once upgrade one after the other, and a migration that fails leaves nothing half done.
"""

from alembic import context
from sqlalchemy import create_engine
from sqlmodel import SQLModel

import service.db.tables  # noqa: F401  (fills SQLModel.metadata)


def _run() -> None:
    connection = context.config.attributes.get("connection")
    if connection is None:  # the alembic command line, for whoever writes a migration
        url = context.config.get_main_option("sqlalchemy.url")
        with create_engine(url or "").begin() as own:
            _migrate(own)
    else:
        _migrate(connection)


def _migrate(connection) -> None:  # type: ignore[no-untyped-def]
    context.configure(
        connection=connection,
        target_metadata=SQLModel.metadata,
        compare_type=True,
        render_as_batch=True,
        transactional_ddl=True,
    )
    with context.begin_transaction():
        context.run_migrations()


_run()
