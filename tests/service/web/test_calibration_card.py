import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from service.camera_events import CalibrationUsed
from service.plant.views.eyesight import EyesightView
from service.web.i18n.catalogue import Language, load_catalogue
from service.web.i18n.formats import Formats
from service.web.panel.calibration_card import calibration_card
from service.web.panel.voice import Voice
from vision.calibration_limits import CALIBRATION_LIMITS

NOON = datetime(2026, 12, 1, 12, tzinfo=UTC)
FIGURES = {"scale.rms_px": 0.09, "scale.span_share": 0.93, "colour.gamma": 1.0, "scale.corners": 88.0}
SEEN = EyesightView(
    line="loom-1",
    picture=None,
    picture_utc=None,
    picture_age_s=None,
    sharpness_share=None,
    calibration=CalibrationUsed(
        camera_id="loom-1-1",
        version="v7",
        scale_mm_per_px=0.2,
        scale_mm_per_row=0.2,
        solved_utc=NOON,
        expires_utc=NOON + timedelta(hours=8),
        expired="",
        figures=FIGURES,
    ),
    calibration_utc=NOON,
    calibration_limits={name: limits for name, limits in CALIBRATION_LIMITS.items() if name in FIGURES},
    calibration_expired=False,
    expired_length_m=0.0,
    lamp=None,
    lamp_utc=None,
    demo=False,
)


def test_each_residual_stands_beside_the_limit_that_was_enforced() -> None:
    voice = Voice(
        catalogue=load_catalogue(),
        language=Language.KK,
        formats=Formats(language=Language.KK, zone=ZoneInfo("Asia/Almaty")),
    )
    card = calibration_card(SEEN, voice, NOON)
    rows = [re.findall(r"<(?:span|code)>([^<]*)</", row) for row in card.split("<tr>")[2:]]
    assert {name: (value, limit) for name, value, limit in rows[3:]} == {
        "Түс: гамма": ("1,000", "0,70 – 3,00"),
        "Масштаб: табылған бұрыштар": ("88", ""),
        "Масштаб: қалдық, пкс (ОКА)": ("0,090", "≤ 0,30"),
        "Масштаб: қамтылған ен үлесі": ("0,930", "≥ 0,85"),
    }
