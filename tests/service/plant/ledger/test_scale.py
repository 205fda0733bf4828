import pytest

from service.plant.errors import PlantError
from service.plant.ledger.scale import ScaleReader, ScaleState, read_line


@pytest.mark.parametrize(
    ("text", "state", "kg"),
    [
        ("ST,GS,+  218.40kg", ScaleState.STEADY, 218.4),
        ("US,GS,+  120.00kg", ScaleState.MOVING, 120.0),
        ("ST,NT,+00481.5lb", ScaleState.STEADY, 481.5 * 0.45359237),
        ("S S      218.40 kg", ScaleState.STEADY, 218.4),
        ("S D      218.38 kg", ScaleState.MOVING, 218.38),
        ("ST,GS,-    0.20kg", ScaleState.STEADY, -0.2),
        ("OL", ScaleState.OVERLOAD, None),
    ],
)
def test_lines_of_common_indicators_are_read(text: str, state: ScaleState, kg: float | None) -> None:
    read = read_line(text)
    assert read.state is state
    assert read.mass_kg == (None if kg is None else pytest.approx(kg))


@pytest.mark.parametrize("text", ["", "\x7fST", "ST,GS,kg", "218.40", "ST,GS,+ 1.0box", "ST,GS,+ 1.0m"])
def test_a_garbled_line_is_refused_with_its_text(text: str) -> None:
    with pytest.raises(PlantError):
        read_line(text)


def test_each_load_counts_once_however_often_it_is_sent_and_only_when_steady() -> None:
    reader = ScaleReader(least_kg=1.0)
    lines = ["US,GS,+  100.00kg", "ST,GS,+  218.40kg", "ST,GS,+  218.40kg", "US,GS,+  50.00kg"]
    lines += ["ST,GS,+    0.00kg", "ST,GS,+  219.00kg"]
    data = "".join(f"{line}\r\n" for line in lines).encode()
    found = [load.mass_kg for part in (data[:7], data[7:60], data[60:]) for load in reader.feed(part)]
    assert found == [218.4, 219.0]
    assert reader.garbled == 0


def test_what_cant_be_read_is_counted_and_shown() -> None:
    reader = ScaleReader(least_kg=1.0)
    assert list(reader.feed(b"\x80\x81\r\nST,GS,+  10.00kg\r\n")) != []
    assert (reader.garbled, reader.last_garbled) == (1, "\\x80\\x81")
    list(reader.feed(b"\xfe" * 500))  # a wrong baud rate: never an end of line
    assert reader.garbled == 2
