"""Numbers, dates and ages as they are written in Kazakhstan, and in English."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from service.web.i18n.catalogue import Language, load_catalogue
from service.web.i18n.formats import Formats
from service.web.panel.voice import Voice

ALMATY = ZoneInfo("Asia/Almaty")  # UTC+5 since 1 March 2024
RU = Formats(language=Language.RU, zone=ALMATY)
EN = Formats(language=Language.EN, zone=ALMATY)
LATE = datetime(2026, 3, 1, 20, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "digits", "ru", "en"),
    [
        (0.5, 1, "0,5", "0.5"),
        (1234567.891, 2, "1\u202f234\u202f567,89", "1\u202f234\u202f567.89"),
        (-12.0, 0, "\u221212", "\u221212"),
        (-0.001, 1, "0,0", "0.0"),  # no minus before a zero
        (999.5, 0, "1\u202f000", "1\u202f000"),
    ],
)
def test_numbers(value: float, digits: int, ru: str, en: str) -> None:
    assert RU.number(value, digits) == ru
    assert EN.number(value, digits) == en


def test_a_late_evening_in_utc_is_the_next_day_in_almaty() -> None:
    assert RU.date(LATE) == "02.03.2026"
    assert RU.moment(LATE) == "02.03.2026 01:05"


def test_since_today_is_a_time_and_since_another_day_has_its_date() -> None:
    same_day = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
    assert RU.since(LATE, same_day) == "01:05"
    assert RU.since(LATE, datetime(2026, 3, 3, 10, 0, tzinfo=UTC)) == "02.03.2026 01:05"


def voice(language: Language) -> Voice:
    return Voice(
        catalogue=load_catalogue(), language=language, formats=Formats(language=language, zone=ALMATY)
    )


def test_a_share_just_below_one_is_never_rounded_up_to_all() -> None:
    assert voice(Language.EN).percent(0.99999) == "99.9 %"
    assert voice(Language.KK).percent(1.0) == "100,0 %"


@pytest.mark.parametrize(
    ("age_s", "words"),
    [(-0.4, "0 с назад"), (59.9, "59 с назад"), (60, "1 мин назад"), (5400, "1,5 ч назад")],
)
def test_ages_take_the_unit_that_fits(age_s: float, words: str) -> None:
    assert voice(Language.RU).age(age_s) == words
