"""The base: the small CNN that every article's graph starts from, and its card.

`base.onnx` maps calibrated filter responses, those of the fine bank float32 (1, 14, 2 rows, 2 columns), those
of the other banks (1, C, rows, columns), to the logit of a flaw and the logits of its kind in each map cell.
`base.json` says what it was trained on.
`maqta train training/recipes/base.toml` makes both.
"""

import hashlib
from dataclasses import dataclass
from importlib import resources

import onnx
from google.protobuf.message import DecodeError  # type: ignore[import-untyped]  # ships no stubs
from pydantic import TypeAdapter, ValidationError

from vision.card import Kind
from vision.types import VisionError

BASE_FILE = "base.onnx"
CARD_FILE = "base.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class BaseCard:
    """What the base is and where it comes from."""

    name: str
    sha256: str  # of base.onnx
    created_utc: str
    trained_on: str
    kinds: tuple[Kind, ...]  # of the kind logits, in their order
    recipe: str  # the whole text of the recipe file
    seed: int
    revision: str  # of the code that trained it; empty outside a checkout
    head_weight: float  # share of the base's score in the fused map; the rest is the matched filters'
    halo_rows: int  # rows of the picture beyond a map cell that its logit leans on, filters left out
    figures: dict[str, float]


BASE_CARD_CODEC: TypeAdapter[BaseCard] = TypeAdapter(BaseCard)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Base:
    """A base CNN, checked against its card."""

    card: BaseCard
    model: onnx.ModelProto


def load_base() -> Base:
    """Read the base that ships with the product.

    Raises:
        VisionError: it is missing, changed or no ONNX file.
    """
    folder = resources.files(__name__)
    try:
        return read_base(folder.joinpath(BASE_FILE).read_bytes(), folder.joinpath(CARD_FILE).read_bytes())
    except OSError as error:
        raise VisionError(f"the base CNN is not installed ({error}); install maqta again") from error


def read_base(model: bytes, card: bytes) -> Base:
    """Check a base's bytes against its card and parse both."""
    try:
        parsed = BASE_CARD_CODEC.validate_json(card)
    except ValidationError as error:
        raise VisionError(f"{CARD_FILE}: {error.errors()[0]['msg']}; train the base again") from error
    found = hashlib.sha256(model).hexdigest()
    if found != parsed.sha256:
        raise VisionError(
            f"{BASE_FILE}: SHA-256 is {found[:12]}…, {CARD_FILE} says "
            f"{parsed.sha256[:12]}…; install maqta again"
        )
    try:
        return Base(card=parsed, model=onnx.load_model_from_string(model))
    except (DecodeError, ValueError) as error:
        raise VisionError(f"{BASE_FILE}: not an ONNX file ({error}); install maqta again") from error
