from datetime import UTC, date, datetime, timedelta

from service.plant.shifts import Calendar
from service.plant.views.kpis import WindowName
from service.settings import ShiftSettings

TWO = [ShiftSettings(name="B", start="20:00"), ShiftSettings(name="A", start="08:00")]


def utc(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 3, day, hour, minute, tzinfo=UTC)


def test_a_shift_begins_at_its_start_and_ends_at_the_next_ones() -> None:
    calendar = Calendar.of("Asia/Almaty", TWO)  # UTC+5
    shift = calendar.shift_at(utc(2, 3))
    assert (shift.name, shift.from_utc, shift.to_utc) == ("A", utc(2, 3), utc(2, 15))


def test_a_shift_passes_midnight_and_belongs_to_the_day_it_began() -> None:
    calendar = Calendar.of("Asia/Almaty", TWO)
    shift = calendar.shift_at(utc(2, 21))  # 02:00 on the 3rd in Almaty
    assert (shift.name, shift.day) == ("B", date(2026, 3, 2))
    assert (shift.from_utc, shift.to_utc) == (utc(2, 15), utc(3, 3))


def test_the_night_of_the_clock_change_has_a_shorter_shift() -> None:
    calendar = Calendar.of("Europe/Berlin", TWO)  # 29 March 2026: 02:00 becomes 03:00
    shift = calendar.shift_at(utc(29, 0))
    assert (shift.to_utc - shift.from_utc).total_seconds() == 11 * 3600


def test_without_shifts_a_day_is_one() -> None:
    shift = Calendar.of("UTC", []).shift_at(utc(2, 13))
    assert (shift.from_utc, shift.to_utc) == (utc(2, 0), utc(3, 0))


def test_named_windows_as_of_now() -> None:
    calendar = Calendar.of("Asia/Almaty", TWO)
    now = utc(2, 6)
    windows = {name: calendar.window(name, now) for name in WindowName}
    assert (windows[WindowName.SHIFT].from_utc, windows[WindowName.SHIFT].to_utc) == (utc(2, 3), now)
    assert windows[WindowName.LAST_SHIFT].shift == "B"
    assert windows[WindowName.LAST_SHIFT].to_utc == utc(2, 3)
    assert windows[WindowName.DAY].from_utc == utc(1, 19)  # midnight in Almaty
    assert windows[WindowName.WEEK].from_utc == datetime(2026, 2, 23, 6, tzinfo=UTC)
    assert windows[WindowName.MONTH].from_utc == datetime(2026, 2, 28, 19, tzinfo=UTC)
    last_month = windows[WindowName.LAST_MONTH]
    assert (last_month.from_utc, last_month.to_utc) == (
        datetime(2026, 1, 31, 19, tzinfo=UTC),
        datetime(2026, 2, 28, 19, tzinfo=UTC),
    )


def test_the_last_days_follow_each_other_and_end_now() -> None:
    days = Calendar.of("Asia/Almaty", TWO).last_days(utc(2, 6), 3)
    assert [day.from_utc for day in days] == [
        datetime(2026, 2, 27, 19, tzinfo=UTC) + timedelta(days=n) for n in range(3)
    ]
    assert [day.to_utc for day in days[:2]] == [day.from_utc for day in days[1:]]
    assert days[-1].to_utc == utc(2, 6)
