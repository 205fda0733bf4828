"""The panel's pages in the order of the rail, in groups, each with the least role that sees it."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

from service.plant.views.people import Role, User


@dataclass(frozen=True, slots=True, kw_only=True)
class Tab:
    """One entry of the rail; its words are the text `tab.<name>`, those of its group `tab_group.<group>`."""

    name: str
    path: str
    group: str
    least: Role = Role.VIEWER
    icon: str = ""  # of icons.STROKES; empty: the one called as the tab


TAB_GROUPS = ("now", "quality", "mill", "engineering", "system")
TABS = (
    Tab(name="live", path="/", group="now"),
    Tab(name="rolls", path="/rolls", group="now"),
    Tab(name="lots", path="/lots", group="now"),
    Tab(name="review", path="/review", group="quality", least=Role.TECHNICIAN),
    Tab(name="quality", path="/quality", group="quality"),
    Tab(name="kpis", path="/kpis", group="mill"),
    Tab(name="advice", path="/advice", group="mill"),
    Tab(name="suppliers", path="/suppliers", group="mill"),
    Tab(name="ledger", path="/ledger", group="mill"),
    Tab(name="reports", path="/reports", group="mill"),
    Tab(name="articles", path="/articles", group="engineering"),
    Tab(name="cnns", path="/models", group="engineering"),
    Tab(name="hardware", path="/hardware", group="engineering", least=Role.TECHNICIAN),
    Tab(name="system", path="/system", group="system"),
    Tab(name="people", path="/people", group="system", least=Role.ADMIN),
    Tab(name="audit", path="/audit", group="system", least=Role.MANAGER),
)


def least_role(name: str) -> Role:
    """The least role that sees a tab: what the rail hides, the page itself refuses."""
    return next((tab.least for tab in TABS if tab.name == name), Role.VIEWER)


def groups_for(person: User) -> Iterator[tuple[str, list[Tab]]]:
    """The groups of tabs that a person sees."""
    seen = [tab for tab in TABS if person.role.may_act_as(tab.least)]
    for group, tabs in groupby(seen, key=lambda tab: tab.group):
        yield group, list(tabs)
