"""A calibration in words."""

from datetime import UTC, datetime

from vision.calibration import Calibration, PartRecord


def describe(calibration: Calibration, now: datetime) -> str:
    """Say everything of a calibration."""
    expired = calibration.expired(now)
    lines = [
        f"camera       {calibration.camera_id}",
        f"version      {calibration.version}",
        f"pixel        {calibration.mm_per_px:.5g} mm across, {calibration.mm_per_row:.5g} mm along",
    ]
    for record in calibration.records:
        lines.append(describe_part(record) + (" EXPIRED" if record.part in expired else ""))
        lines += [f"             {name} {value:.5g}" for name, value in record.figures.items()]
        lines += [f"             from {source}" for source in record.sources]
    return "\n".join(lines)


def describe_part(record: PartRecord) -> str:
    """Say a part in one line."""
    until = "for ever" if record.expires_utc is None else f"until {_minute(record.expires_utc)}"
    return f"{record.part.value:12} solved {_minute(record.solved_utc)}, holds {until}"


def _minute(utc: datetime) -> str:
    return f"{utc.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
