from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from vision.calibration import Calibration, Part, PartRecord, expiry, with_part
from vision.colour_fit import ColourModel
from vision.flat_field import FlatField
from vision.pixel_map import LineMap
from vision.preprocess import Corrector
from vision.types import VisionError

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
HALF = LineMap(columns=100, across_mm=(25.0, 25.0), skew_mm=(0.0,), mm_per_row=0.52)  # 0.5 mm a pixel


def flat(
    gain: list[float] | np.ndarray, dark: list[float] | np.ndarray | None = None, channels: int = 1
) -> FlatField:
    return FlatField(
        gain=np.array(gain, np.float32),
        dark=None if dark is None else np.array(dark, np.float32),
        channels=channels,
        uneven_before_pct=0.0,
        uneven_after_pct=0.0,
    )


def corrector(field: FlatField | None) -> Corrector:
    return Corrector(Calibration(camera_id="cam", mm_per_px=0.1, flat_field=field))


def record(part: Part, *, hours: float | None = None) -> PartRecord:
    expires = None if hours is None else NOON + timedelta(hours=hours)
    return PartRecord(part=part, solved_utc=NOON, expires_utc=expires, figures={"rms_px": 0.1})


def test_gain_is_rounded_and_saturates() -> None:
    corrected = corrector(flat([1.0, 2.0, 0.5])).correct(np.array([[101, 200, 101]], np.uint8))
    assert corrected.tolist() == [[101, 255, 50]]  # 200 x 2 clips; 50.5 rounds to even
    assert not corrected.flags.writeable


def test_the_dark_level_goes_before_the_gain() -> None:
    corrected = corrector(flat([2.0, 1.0], [10.0, 4.4])).correct(np.array([[60, 60], [5, 60]], np.uint8))
    assert corrected.tolist() == [[100, 56], [0, 56]]  # (60 - 10) x 2; 60 - 4; below the dark level is black


def test_every_channel_of_a_column_gets_its_gain() -> None:
    gain = [[1.0, 1.0, 2.0], [2.0, 1.0, 1.0]]  # of two columns, B, G, R
    corrected = corrector(flat(gain, channels=3)).correct(np.full((4, 2, 3), 50, np.uint8))
    assert corrected[0].tolist() == [[50, 50, 100], [100, 50, 50]]


def test_an_area_camera_has_a_gain_for_every_pixel() -> None:
    corrected = corrector(flat([[1.0, 2.0], [3.0, 1.0]])).correct(np.full((2, 2), 20, np.uint8))
    assert corrected.tolist() == [[20, 40], [60, 20]]


def test_without_a_flat_field_the_pixels_are_handed_on_uncopied() -> None:
    pixels = np.zeros((4, 4), np.uint8)
    assert corrector(None).correct(pixels) is pixels


@pytest.mark.parametrize(
    ("field", "shape", "says"),
    [
        (
            flat(np.ones(100)),
            (4, 90),
            r"cam: the flat field is for 100 columns of 1 channels, the frame has 90",
        ),
        (flat(np.ones((4, 90))), (5, 90), r"for 90 x 4 pixels of 1 channels, the frame has 90 x 5"),
        (flat(np.ones(90)), (4, 90, 3), r"of 1 channels, the frame has 90 columns of 3"),
    ],
)
def test_a_flat_field_of_another_size_is_refused(field: FlatField, shape: tuple[int, ...], says: str) -> None:
    with pytest.raises(VisionError, match=says):
        corrector(field).correct(np.zeros(shape, np.uint8))


def test_a_part_expires_at_its_time_and_the_others_stay_valid() -> None:
    calibration = Calibration(
        camera_id="c",
        mm_per_px=0.1,
        records=(record(Part.SCALE), record(Part.FLAT_FIELD, hours=12), record(Part.COLOUR, hours=8)),
    )
    assert calibration.expires_utc == NOON + timedelta(hours=8)
    assert calibration.expired(NOON + timedelta(hours=7, minutes=59)) == ()
    assert calibration.expired(NOON + timedelta(hours=8)) == (Part.COLOUR,)
    assert calibration.is_expired(NOON + timedelta(hours=8))
    assert calibration.expired(NOON + timedelta(days=900)) == (Part.FLAT_FIELD, Part.COLOUR)


def test_without_a_record_nothing_ever_expires() -> None:
    bare = Calibration(camera_id="c", mm_per_px=0.1)
    assert not bare.is_expired(datetime(2099, 1, 1, tzinfo=UTC))
    assert (bare.solved_utc, bare.expires_utc, bare.mm_per_row) == (None, None, 0.1)


def test_flat_field_and_colour_last_a_shift_and_scale_a_quarter() -> None:
    assert expiry(Part.FLAT_FIELD, NOON, None) == NOON + timedelta(hours=12)
    assert expiry(Part.COLOUR, NOON, None) == NOON + timedelta(hours=12)
    assert expiry(Part.SCALE, NOON, None) == NOON + timedelta(days=90)
    assert expiry(Part.COLOUR, NOON, 8.0) == NOON + timedelta(hours=8)


def test_a_new_scale_changes_the_millimetres_and_keeps_the_rest() -> None:
    old = Calibration(
        camera_id="c", mm_per_px=0.1, flat_field=flat([1.0]), records=(record(Part.FLAT_FIELD),), version="v1"
    )
    made = with_part(old, record(Part.SCALE), pixel_map=HALF)
    assert made.mm_per_px == pytest.approx(0.5)
    assert made.mm_per_row == 0.52
    assert made.x_mm(50, rows=8) == pytest.approx(25.0)
    assert made.flat_field is old.flat_field
    assert [held.part for held in made.records] == [Part.FLAT_FIELD, Part.SCALE]
    assert made.version == ""  # it is in no store yet


def test_a_new_flat_field_takes_the_colour_with_it() -> None:
    grey = ColourModel(gamma=1.0, coefficients=np.zeros((6, 3)))
    old = Calibration(camera_id="c", mm_per_px=0.1, colour=grey, records=(record(Part.COLOUR),))
    made = with_part(old, record(Part.FLAT_FIELD), flat_field=flat([1.0]))
    assert made.colour is None
    assert [held.part for held in made.records] == [Part.FLAT_FIELD]


def test_an_expired_colour_gives_no_colour() -> None:
    to_white = np.zeros((6, 3))
    to_white[1] = (0.96422, 1.0, 0.82521)  # green alone decides: 255 is D50's white
    model = ColourModel(gamma=1.0, coefficients=to_white)
    calibration = Calibration(
        camera_id="c", mm_per_px=0.1, colour=model, records=(record(Part.COLOUR, hours=8),)
    )
    assert calibration.lab((0.0, 255.0, 0.0), NOON) == pytest.approx((100.0, 0.0, 0.0))
    assert calibration.lab((0.0, 255.0, 0.0), NOON + timedelta(hours=8)) is None
    assert Calibration(camera_id="c", mm_per_px=0.1).lab((0.0, 255.0, 0.0), NOON) is None
