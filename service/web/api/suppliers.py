"""Suppliers by what was found in their material, down to rolls and lots."""

from typing import Annotated

from fastapi import APIRouter, Query

from service.plant.views.suppliers import SupplierDetail, SupplierScore
from service.web.api.access import ThePlant, Viewer
from service.web.api.kpis import AskedWindow

router = APIRouter(tags=["suppliers"])
SupplierName = Annotated[str, Query(max_length=255)]


@router.get("/suppliers")
def get_suppliers(
    person: Viewer, plant: ThePlant, window: AskedWindow, line: str | None = None
) -> list[SupplierScore]:
    """Every supplier of a window; the one without a name stands for material of unknown origin."""
    return list(plant.suppliers.scores(window, plant.quality.known(line)))


@router.get("/suppliers/one")
def get_supplier(
    person: Viewer, plant: ThePlant, window: AskedWindow, name: SupplierName, line: str | None = None
) -> SupplierDetail:
    """One supplier by name (empty: unknown origin) with its rolls and lots, newest first."""
    return plant.suppliers.detail(name, window, plant.quality.known(line))
