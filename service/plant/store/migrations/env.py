"""Run by Alembic: the connection is handed over by store/schema.py."""

from alembic import context

from service.plant.store.ledger_tables import LINKS

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=LINKS.metadata,
    render_as_batch=True,  # SQLite alters a table by copying it
)
with context.begin_transaction():
    context.run_migrations()
