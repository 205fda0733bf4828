"""The audit log as people ask for it: who changed what, when and from where."""

from dataclasses import dataclass

from service.plant.pages import offset_of
from service.plant.store import people
from service.plant.store.database import Database
from service.plant.views.paging import Page
from service.plant.views.people import AuditFilter, AuditView

EVERY_ENTRY = AuditFilter()


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditLog:
    """Reads it; entries are written with the changes themselves."""

    database: Database

    def page(self, page: int = 1, page_size: int = 100, wanted: AuditFilter = EVERY_ENTRY) -> Page[AuditView]:
        """Entries that fit, newest first. PlantError: bad_page."""
        with self.database.read() as tx:
            total, entries = people.audit_page(tx, offset_of(page, page_size), page_size, wanted)
        return Page(items=entries, page=page, page_size=page_size, total=total)

    def words(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Who and which actions stand in it: what a filter can ask for."""
        with self.database.read() as tx:
            return people.audit_words(tx)
