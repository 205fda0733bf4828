"""What a table of an export holds: columns with units, one row a thing, DEMO or production in each."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from service.plant.views.defects import DefectView
from service.plant.views.kpis import Kpi
from service.plant.views.ledger import Statement
from service.plant.views.lots import LotView
from service.plant.views.people import AuditView
from service.plant.views.rolls import RollRow, RollView

Cell = str | float | int | bool | datetime | None
DEMO, PRODUCTION = "DEMO", "production"


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column; `name` holds the unit for CSV, `unit` shows it apart in a spreadsheet."""

    name: str
    unit: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DataTable:
    """A table with its heading."""

    name: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[Cell]]
    demo: bool


def roll_table(rolls: Iterable[RollRow]) -> DataTable:
    """Rolls with their grades."""
    columns = _columns(
        "data roll_id roll line article started_utc ended_utc length_m:m width_mm:mm coverage_pct:% grade "
        "grade_status points points_per_100_m2:1/100m2 defects"
    )
    rows: list[list[Cell]] = [
        [_data(one.demo), one.roll_id, one.name, one.line, one.article, one.started_utc, one.ended_utc,
         one.length_m, one.width_mm, one.coverage * 100, one.grade, one.status.value, one.points,
         one.points_per_100_m2, one.defects]
        for one in rolls
    ]  # fmt: skip
    return _table("rolls", columns, rows)


def audit_table(entries: Iterable[AuditView]) -> DataTable:
    """Who changed what, when and from where."""
    rows: list[list[Cell]] = [
        [one.utc, one.user, one.address, one.action, one.subject,
         "; ".join(f"{name}={value}" for name, value in one.detail.items())]
        for one in entries
    ]  # fmt: skip
    return DataTable(
        name="audit", columns=_columns("utc user from_address action subject detail"), rows=rows, demo=False
    )


def defect_table(defects: Iterable[DefectView]) -> DataTable:
    """Defects with their place, size and verdict."""
    columns = _columns(
        "data defect_id line roll_id lot_id kind found_utc x_mm:mm y_mm:mm width_mm:mm height_mm:mm "
        "length_mm:mm area_mm2:mm2 score unsure points not_graded_because mark marked_kind marked_by "
        "bundle_id picture_sha256"
    )
    rows: list[list[Cell]] = [
        [_data(one.demo), one.defect_id, one.line, one.roll_id, one.lot_id, one.kind, one.found_utc, one.x_mm,
         one.y_mm, one.width_mm, one.height_mm, one.length_mm, one.area_mm2, one.score, one.unsure,
         one.points, one.not_graded_because, one.mark.verdict.value if one.mark else None,
         one.mark.kind if one.mark else None, one.mark.user if one.mark else None, one.bundle_id,
         one.crop_sha256]
        for one in defects
    ]  # fmt: skip
    return _table("defects", columns, rows)


def one_roll_table(roll: RollView) -> DataTable:
    """A roll's defects, with their points on this roll; one row of its grade where it has none."""
    columns = _columns(
        "data roll_id roll article grade points_per_100_m2 coverage defect_id kind x_mm:mm y_mm:mm "
        "width_mm:mm height_mm:mm length_mm:mm area_mm2:mm2 score unsure points mark marked_kind marked_by "
        "picture_sha256"
    )
    whole: list[Cell] = [
        roll.row.roll_id, roll.row.name, roll.row.article, roll.grade.grade, roll.grade.points_per_100_m2,
        roll.grade.coverage,
    ]  # fmt: skip
    rows: list[list[Cell]] = [
        [_data(roll.row.demo or one.demo), *whole, one.defect_id, one.kind, one.x_mm, one.y_mm, one.width_mm,
         one.height_mm, one.length_mm, one.area_mm2, one.score, one.unsure, one.points,
         one.mark.verdict.value if one.mark else None, one.mark.kind if one.mark else None,
         one.mark.user if one.mark else None, one.crop_sha256]
        for one in roll.defects
    ]  # fmt: skip
    empty: list[Cell] = [_data(roll.row.demo), *whole, *[None] * 15]
    return _table(f"roll-{roll.row.roll_id}", columns, rows or [empty])


def lot_table(lots: Iterable[LotView]) -> DataTable:
    """Lots of fibre with their masses."""
    columns = _columns(
        "data lot_id lot line article supplier started_utc ended_utc fed_kg:kg passed_kg:kg ejected_kg:kg "
        "good_fibre_kg:kg not_inspected_kg:kg coverage_pct:% contaminants shots refused unanswered "
        "trash_area_pct:%"
    )
    rows: list[list[Cell]] = [
        [_data(one.demo), one.lot_id, one.name, one.line, one.article, one.supplier, one.started_utc,
         one.ended_utc, one.fed_kg, one.passed_kg, one.ejected_kg, one.good_fibre_kg, one.not_inspected_kg,
         None if one.coverage is None else one.coverage * 100, one.contaminants, one.shots, one.refused,
         one.unanswered, one.trash_area_pct]
        for one in lots
    ]  # fmt: skip
    return _table("lots", columns, rows)


def kpi_table(figures: Iterable[Kpi]) -> DataTable:
    """Figures; each row names its units, since they differ."""
    columns = _columns(
        "data kpi basis line value unit numerator numerator_unit denominator denominator_unit formula source "
        "window_from window_to completeness completeness_of missing"
    )
    rows: list[list[Cell]] = [
        [_data(one.demo), one.slug, one.basis, one.line, one.value, one.unit, one.numerator,
         one.numerator_unit, one.denominator, one.denominator_unit, one.formula, one.source.value,
         one.window_from, one.window_to, one.completeness, one.completeness_of, one.missing]
        for one in figures
    ]  # fmt: skip
    return _table("kpis", columns, rows)


def balance_table(statements: Iterable[Statement]) -> DataTable:
    """Balances; each row names its unit, since bases differ."""
    columns = _columns(
        "data scope subject place basis unit input good ejected by_product waste unaccounted limit_pct:% "
        "status stated_utc"
    )
    rows: list[list[Cell]] = [
        [_data(one.demo), one.scope, one.subject, one.place, one.basis.value, one.basis.unit, one.input,
         one.good, one.ejected, one.by_product, one.waste, one.unaccounted, one.limit_pct, one.status.value,
         one.stated_utc]
        for one in statements
    ]  # fmt: skip
    return _table("balances", columns, rows)


def _columns(text: str) -> list[Column]:
    parts = (part.partition(":") for part in text.split())
    return [Column(name=name, unit=unit) for name, _, unit in parts]


def _table(name: str, columns: list[Column], rows: list[list[Cell]]) -> DataTable:
    return DataTable(name=name, columns=columns, rows=rows, demo=any(row[0] == DEMO for row in rows))


def _data(demo: bool) -> str:
    return DEMO if demo else PRODUCTION
