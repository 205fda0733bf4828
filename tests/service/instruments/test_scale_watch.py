"""A scale's lines → loads and faults, by hand-written minutes at a scale."""

from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from service.event_terms import InstrumentFault
from service.instrument_settings import Instruments, InstrumentSettings, ScaleSettings
from service.instruments.outcomes import Faulty, Load
from service.instruments.scale import ScaleWatch
from service.instruments.text import LineSplitter

Fault = InstrumentFault


def settings(**more: Any) -> ScaleSettings:
    serial = {"port": "/dev/null", "format": more.pop("format", "and")}
    given: dict[str, Any] = {"id": "scale-1", "flow": "good", "highest_kg": 600.0} | more
    return TypeAdapter(ScaleSettings).validate_python(given | {"serial": serial})


class Desk:
    """A watch and its clock: one line a second."""

    def __init__(self, **more: Any) -> None:
        self.watch = ScaleWatch(settings(**more), 0.0)
        self.now_s = 0.0
        self.outcomes: list[Any] = []

    def say(self, *lines: str) -> None:
        for line in lines:
            self.now_s += 1.0
            self.outcomes += self.watch.line(line, self.now_s)

    def wait(self, seconds: float) -> None:
        self.now_s += seconds
        self.outcomes += self.watch.tick(self.now_s)

    @property
    def loads_kg(self) -> list[float]:
        return [one.mass_kg for one in self.outcomes if isinstance(one, Load)]

    @property
    def faults(self) -> list[Fault]:
        return [one.fault for one in self.outcomes if isinstance(one, Faulty)]


@pytest.mark.parametrize(
    ("form", "line", "kg"),
    [
        ("and", "ST,GS,+  218.40kg", 218.4),
        ("and", "ST,NT,+00481.5lb", 481.5 * 0.45359237),
        ("sics", "S S      218.40 kg", 218.4),
        (
            r"(?P<value>\d+,\d+) (?P<unit>кг)",
            "218,40 кг",
            218.4,
        ),  # decimal comma, no flag: it must stand still
    ],
)
def test_lines_of_common_indicators_are_read(form: str, line: str, kg: float) -> None:
    desk = Desk(format=form)
    desk.say(line, line, line)
    assert desk.loads_kg == [pytest.approx(kg)]
    assert desk.faults == []


@pytest.mark.parametrize("line", ["\x7fST", "ST,GS,kg", "218.40", "ST,GS,+ 1.0box", "ST,GS,+ 1.0m", "ST"])
def test_a_garbled_line_is_a_fault_with_its_text_and_books_nothing(line: str) -> None:
    desk = Desk()
    desk.say(line)
    assert (desk.loads_kg, desk.faults) == ([], [Fault.GARBLED])
    assert repr(line)[1:-1][:6] in desk.outcomes[0].detail
    desk.say(*["ST,GS,+    0.00kg"] * 5)
    assert desk.watch.standing == {}


def test_each_load_counts_once_however_often_it_is_sent_and_only_when_steady() -> None:
    desk = Desk()
    desk.say("US,GS,+  100.00kg", "ST,GS,+  218.40kg", "ST,GS,+  218.40kg", "US,GS,+  50.00kg")
    desk.say("ST,GS,+    0.00kg", "ST,GS,+  219.00kg")
    assert desk.loads_kg == [218.4, 219.0]
    assert desk.faults == []


def test_units_that_change_are_converted_one_by_one() -> None:
    desk = Desk()
    desk.say("ST,GS,+  100.00kg", "ST,GS,+    0.00kg", "ST,GS,+  220.46lb", "ST,GS,+    0.00lb")
    assert desk.loads_kg == [100.0, pytest.approx(220.46 * 0.45359237)]


def test_silence_is_missing_and_over_as_soon_as_it_speaks() -> None:
    desk = Desk()
    desk.say("ST,GS,+    0.00kg")
    desk.wait(9.9)
    assert desk.faults == []
    desk.wait(0.1)
    assert desk.faults == [Fault.MISSING]
    assert desk.outcomes[-1].value is None  # never a zero
    desk.say("ST,GS,+    0.00kg")
    assert desk.watch.standing == {}


@pytest.mark.parametrize("line", ["OL,GS,+9999999kg", "OL", "ST,GS,+  600.01kg", "ST,GS,-    1.50kg"])
def test_what_the_scale_cant_weigh_is_over_range_and_not_booked(line: str) -> None:
    desk = Desk()
    desk.say(line, line)
    assert (desk.loads_kg, desk.faults) == ([], [Fault.OVER_RANGE])
    desk.say("ST,GS,+  600.00kg")
    assert (desk.loads_kg, desk.watch.standing) == ([600.0], {})


def test_a_load_that_never_stands_still_is_told_and_not_booked() -> None:
    desk = Desk()
    desk.say(*(f"US,GS,+{200 + at % 7:8.2f}kg" for at in range(21)))
    assert (desk.loads_kg, desk.faults) == ([], [Fault.UNSTABLE])
    desk.say("ST,GS,+  203.00kg")
    assert (desk.loads_kg, desk.watch.standing) == ([203.0], {})


def test_a_load_taken_off_before_it_stood_still_is_told() -> None:
    desk = Desk()
    desk.say("US,GS,+  210.00kg", "US,GS,+  219.00kg", "US,GS,+  150.00kg", "ST,GS,+    0.00kg")
    assert (desk.loads_kg, desk.faults) == ([], [Fault.UNSTABLE])
    assert "219 kg was taken off" in desk.outcomes[0].detail


def test_a_touch_is_no_load() -> None:
    desk = Desk()
    desk.say("US,GS,+    4.00kg", "ST,GS,+    0.00kg")
    assert desk.outcomes == []


def test_the_same_text_for_too_long_is_frozen_until_it_changes() -> None:
    desk = Desk(frozen_after_s=60.0)
    desk.say(*["ST,GS,+  218.40kg"] * 61)
    assert (desk.loads_kg, desk.faults) == ([218.4], [Fault.FROZEN])
    desk.say("ST,GS,+  218.42kg")
    assert desk.watch.standing == {}


def test_without_a_state_flag_a_load_counts_once_it_stands_still() -> None:
    desk = Desk(format=r"(?P<value>-?\d+\.\d+)", still_s=2.0)
    desk.say("100.00", "150.00", "218.40", "218.42", "218.40", "218.40")
    assert desk.loads_kg == [218.4]


def test_an_unknown_flag_is_doubt_not_a_weight() -> None:
    desk = Desk(format=r"(?P<state>[A-Z]+) (?P<value>\d+)")
    desk.say("HH 250")
    assert (desk.loads_kg, desk.faults) == ([], [Fault.GARBLED])


def test_lines_come_whole_however_the_bytes_are_cut_and_garbage_without_an_end_is_cut() -> None:
    lines = LineSplitter()
    data = b"ST,GS,+  1.00kg\r\nST,GS,+  2.00kg\r\n"
    assert [line for at in range(0, len(data), 5) for line in lines.feed(data[at : at + 5])] == [
        "ST,GS,+  1.00kg",
        "ST,GS,+  2.00kg",
    ]
    assert [len(line) for line in lines.feed(b"\xfe" * 500)] == [200]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"least_kg": 700.0}, "least_kg 700 is not below highest_kg 600"),
        ({"format": "no group"}, "(?P<value>...)"),
        ({"format": "(?P<value>"}, "no regular expression"),
    ],
)
def test_settings_that_cant_work_are_refused_with_the_cure(change: dict[str, Any], told: str) -> None:
    scale = {"id": "s", "flow": "good", "highest_kg": 600.0, "serial": {"port": "/dev/x"}}
    if "format" in change:
        scale["serial"] = {"port": "/dev/x", **change}
    else:
        scale |= change
    with pytest.raises(ValidationError) as refused:
        TypeAdapter(InstrumentSettings).validate_python({"scales": [scale]})
    assert told in str(refused.value)


def test_two_instruments_at_one_port_are_refused() -> None:
    scale = {"id": "s1", "flow": "good", "highest_kg": 600.0, "serial": {"port": "/dev/x"}}
    with pytest.raises(ValidationError, match="/dev/x stands there twice"):
        TypeAdapter(Instruments).validate_python({"scales": [scale, scale | {"id": "s2"}]})
