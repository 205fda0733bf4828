"""What a line would tell of itself, for the panel's benchmark and the tests of who hears it."""

import base64
from datetime import UTC, datetime

from service.event_terms import LineState
from service.line_now import BoxNow, CameraNow, DiskNow, LineNow, PreviewNow, SorterNow

START = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)


def jpeg(text: str) -> str:
    """What begins as a JPEG does, in base64."""
    return base64.b64encode(b"\xff\xd8\xff" + text.encode()).decode()


def preview(seq: int) -> PreviewNow:
    """A frame with one hole in it."""
    return PreviewNow(
        frame_seq=seq,
        web_start_mm=100.0 * seq,
        web_end_mm=100.0 * (seq + 1),
        width_mm=800.0,
        verdict="defective",
        boxes=(BoxNow(defect_kind="hole", unsure=False, x0=0.1, y0=0.2, x1=0.3, y1=0.4),),
        jpeg_base64=jpeg(f"frame {seq}"),
        detail_base64=jpeg(f"detail {seq}"),
    )


def line_now(shown: PreviewNow | None = None, sharpness: float = 20.0) -> LineNow:
    """A line that runs well; 20 is 80 % of its recipe's sharpness."""
    return LineNow(
        utc=START,
        started_utc=START,
        state=LineState.RUNNING,
        cause="",
        article="twill",
        software="maqta 0.1.0",
        speed_mm_s=250.0,
        web_mm=1000.0,
        inspected_mm=990.0,
        not_inspected_mm=10.0,
        deadline_misses=1,
        events_waiting=2,
        events_lost=0,
        pictures_not_kept=0,
        deadline_ms=400.0,
        stages=(),
        sorter=SorterNow(
            state="armed", firmware="0.1.0", lanes=2, scheduled=3, refused=0, started=3, dropped=0, cut=0,
            bad_frames=0, connections=1, disarms=0, duty=(0.1, 0.0),
        ),
        camera=CameraNow(
            frames=10, shed=0, lost=0, queue_depth=0, last_frame_age_s=0.1, faults=(), mean_grey=120.0,
            low_grey=60.0, high_grey=200.0, saturated_share=0.0, noise_grey=2.0, sharpness=sharpness,
            usual_sharpness=25.0,
        ),
        disk=DiskNow(
            free_bytes=1, total_bytes=2, pictures_bytes=0, pictures_budget_bytes=1, film_ring_s=None
        ),
        preview=shown,
    )  # fmt: skip
