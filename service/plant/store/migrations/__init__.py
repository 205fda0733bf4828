"""Alembic's migrations of the plant's database."""
