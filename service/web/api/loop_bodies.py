"""Bodies of the closed loop's and the plan's part of the API."""

from typing import Annotated

from pydantic import AwareDatetime, Field

from service.plant.views.loop import ShotVerdict
from service.plant.views.plan import LotOffer, OrderNeed
from service.web.api.schemas import Body

Name = Annotated[str, Field(min_length=1, max_length=80, pattern=r"^[^\x00]*$")]
Text = Annotated[str, Field(max_length=255, pattern=r"^[^\x00]*$")]
Score = Annotated[float, Field(ge=-1e6, le=1e6, allow_inf_nan=False)]
Amount = Annotated[float, Field(ge=0, le=1e9, allow_inf_nan=False)]
Count = Annotated[int, Field(ge=0, le=1_000_000)]
Value = Annotated[float, Field(ge=-1e6, le=1e9, allow_inf_nan=False)]
Pct = Annotated[float, Field(ge=0, le=100, allow_inf_nan=False)]


class BoundsBody(Body):
    """An engineer says what the loop may do with one threshold."""

    line: Name
    article: Name
    kind: Name
    low: Score
    high: Score
    step: Score
    start: Score
    miss_price: Amount
    fibre_price_per_kg: Amount
    hysteresis_pct: Pct = 5.0
    least_findings: Count = 30
    least_checks: Count = 0
    cool_down_min: Annotated[float, Field(ge=0, le=10_080, allow_inf_nan=False)] = 10.0
    why: Annotated[str, Field(min_length=1, max_length=500, pattern=r"^[^\x00]*$")]


class LockBody(Body):
    """Somebody locks a threshold, or gives it free."""

    line: Name
    article: Name
    kind: Text = ""
    locked: bool
    why: Annotated[str, Field(min_length=1, max_length=500, pattern=r"^[^\x00]*$")]


class CheckBody(Body):
    """One verdict."""

    check_id: Name
    verdict: ShotVerdict
    command_id: Text = ""
    lot_id: Text = ""
    at_utc: AwareDatetime | None = None
    seen_kind: Text = ""


class ChecksBody(Body):
    """Verdicts on shots; a camera at the reject bin says so."""

    checks: Annotated[list[CheckBody], Field(max_length=10_000)]
    by_camera: bool = False


class LotBody(Body):
    """A lot as the plan sees it."""

    lot_id: Name
    name: Text = ""
    supplier: Text = ""
    available_kg: Amount
    trash_area_pct: Pct | None = None
    contaminants_per_t: Amount | None = None
    rd: Value | None = None
    plus_b: Value | None = None
    second_share: Annotated[float, Field(ge=0, le=1)] | None = None
    price_per_kg: Amount = 0.0
    meant_for: Text = ""

    def offer(self) -> LotOffer:
        """As the plant takes it."""
        source = "given" if self.second_share is not None else ""
        return LotOffer(**self.model_dump(), second_source=source)


class OrderBody(Body):
    """An order with its limits."""

    order_id: Name
    needs_kg: Annotated[float, Field(gt=0, lt=1e9, allow_inf_nan=False)]
    trash_area_pct_max: Pct | None = None
    contaminants_per_t_max: Amount | None = None
    rd_min: Value | None = None
    plus_b_max: Value | None = None
    second_share_max: Annotated[float, Field(ge=0, le=1)] | None = None
    price_per_kg_max: Amount | None = None
    second_loss_per_kg: Amount = 0.0
    most_lots: Annotated[int, Field(ge=1, le=1000)] | None = None
    least_part_kg: Amount = 0.0

    def need(self) -> OrderNeed:
        """As the plant takes it."""
        return OrderNeed(**self.model_dump())


class PlanBody(Body):
    """Orders, and lots where they aren't those that the plant measured; `keep` tells the plan as actions."""

    orders: Annotated[list[OrderBody], Field(min_length=1, max_length=200)]
    lots: Annotated[list[LotBody], Field(max_length=1000)] | None = None
    keep: bool = False
