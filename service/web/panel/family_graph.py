"""Where a unit comes from and what became of it, as a graph: a column a step, a line from parent to child."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from service.plant.ledger.genealogy import Family
from service.plant.ledger.terms import Step
from service.plant.views.ledger import UnitRecord
from service.web.panel.markup import Html, el
from service.web.panel.supplier_links import supplier_path
from service.web.panel.voice import Voice

NODE_W, NODE_H = 116.0, 44.0
GAP_X, GAP_Y = 36.0, 6.0
HEAD = 26.0
MOST_IN_COLUMN = 7  # more are folded into one
LONGEST_NAME = 15
SUPPLIER = "supplier"
COLUMNS = (SUPPLIER, *(step.value for step in Step))
FOLDED = "+"  # begins the id of a folded node; no unit's id does


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """One box of the graph; places are in pixels."""

    id: str
    column: str
    name: str
    href: str | None
    own: bool = False
    x: float = 0.0
    y: float = 0.0


def family_graph(family: Family, supplier: str, voice: Voice) -> Html:
    """Draw a family; columns that hold nothing are left out."""
    nodes, edges = _graph(family, supplier)
    nodes, edges = _folded(nodes, edges, voice)
    placed = _placed(nodes)
    shown = [column for column in COLUMNS if any(node.column == column for node in placed.values())]
    width = len(shown) * (NODE_W + GAP_X) - GAP_X
    height = max(node.y for node in placed.values()) + NODE_H + 4
    heads = [
        el("text", voice.say(f"unit_step.{column}"), x=n * (NODE_W + GAP_X) + 2, y=14, class_="family-head")
        for n, column in enumerate(shown)
    ]
    lines = [_edge(placed[one], placed[other]) for one, other in sorted(edges)]
    return el(
        "svg",
        el("title", voice.say("genealogy_title")),
        *heads,
        *lines,
        *[_box(node) for node in placed.values()],
        viewBox=f"-2 0 {width + 4:g} {height:g}",
        style=f"max-width:{width * 1.25:.0f}px",
        role="img",
        class_="family",
    )


def _graph(family: Family, supplier: str) -> tuple[list[Node], set[tuple[str, str]]]:
    units = [family.unit, *(relative.unit for relative in family.relatives)]
    nodes = [_node(unit, own=unit.unit_id == family.unit.unit_id) for unit in units]
    edges = {(parent, child) for child, parents in family.parents.items() for parent in parents}
    children = {child for _, child in edges}
    for unit in units:
        name = unit.supplier or (supplier if unit is family.unit else "")
        if name and unit.unit_id not in children:
            key = f"{SUPPLIER}/{name}"
            if all(node.id != key for node in nodes):
                nodes.append(Node(id=key, column=SUPPLIER, name=name, href=supplier_path(name)))
            edges.add((key, unit.unit_id))
    return nodes, edges


def _node(unit: UnitRecord, *, own: bool) -> Node:
    href = {Step.RUN: f"/lots/{unit.unit_id}", Step.ROLL: f"/rolls/{unit.unit_id}"}.get(unit.step)
    return Node(
        id=unit.unit_id,
        column=unit.step.value,
        name=unit.name or unit.unit_id,
        href=None if own else href,
        own=own,
    )


def _folded(
    nodes: Sequence[Node], edges: set[tuple[str, str]], voice: Voice
) -> tuple[list[Node], set[tuple[str, str]]]:
    kept: list[Node] = []
    folds: dict[str, str] = {}
    for column in COLUMNS:
        own = [node for node in nodes if node.column == column]
        if len(own) <= MOST_IN_COLUMN:
            kept += own
            continue
        own.sort(key=lambda node: not node.own)
        rest = own[MOST_IN_COLUMN - 1 :]
        fold = f"{FOLDED}{column}"
        folds |= {node.id: fold for node in rest}
        told = voice.say("and_more", count=len(rest))
        kept += [*own[: MOST_IN_COLUMN - 1], Node(id=fold, column=column, name=told, href=None)]
    return kept, {(folds.get(one, one), folds.get(other, other)) for one, other in edges}


def _placed(nodes: Sequence[Node]) -> dict[str, Node]:
    shown = [column for column in COLUMNS if any(node.column == column for node in nodes)]
    tallest = max(sum(node.column == column for node in nodes) for column in shown)
    placed: dict[str, Node] = {}
    for n, column in enumerate(shown):
        own = [node for node in nodes if node.column == column]
        above = (tallest - len(own)) * (NODE_H + GAP_Y) / 2  # columns stand in the middle
        for row, node in enumerate(own):
            y = HEAD + above + row * (NODE_H + GAP_Y)
            placed[node.id] = replace(node, x=n * (NODE_W + GAP_X), y=y)
    return placed


def _edge(one: Node, other: Node) -> Html:
    x0, y0 = one.x + NODE_W, one.y + NODE_H / 2
    x1, y1 = other.x, other.y + NODE_H / 2
    bend = (x0 + x1) / 2
    return el("path", d=f"M{x0:g} {y0:g}C{bend:g} {y0:g} {bend:g} {y1:g} {x1:g} {y1:g}", class_="family-edge")


def _box(node: Node) -> Html:
    name = node.name if len(node.name) <= LONGEST_NAME else f"{node.name[: LONGEST_NAME - 1]}…"
    look = "family-node is-own" if node.own else "family-node"
    inside = [
        el("title", node.name),
        el("rect", x=node.x, y=node.y, width=NODE_W, height=NODE_H, rx=4),
        el("text", name, x=node.x + 9, y=node.y + NODE_H / 2 + 4.5),
    ]
    if node.href is None:
        return el("g", *inside, class_=look)
    return el("a", *inside, href=node.href, class_=f"{look} is-link")
