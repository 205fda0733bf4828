"""What cameras, the sorter's link, instruments and recipes write in English is known word by word.

The modules are read, and every text that they may give out is held against the templates: one that is
changed there, or new, fails here.
"""

import ast
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from string import Formatter

import pytest

from service.said.heard import HEARD, heard
from service.said.sayings import Saying, english_templates

TREE = Path(__file__).parents[3]
MOMENT = datetime(2026, 3, 2, 6, 0)  # noqa: DTZ001  the texts say UTC themselves
READ = (
    *("firmware_bridge/link.py", "firmware_bridge/link_orders.py", "firmware_bridge/link_session.py"),
    *("service/line/shooter.py", "vision/registry.py", "vision/bundle.py"),
    *("firmware_bridge/link_state.py", "firmware_bridge/transport.py", "firmware_bridge/port_reader.py"),
    *("vision/cameras/clip.py", "vision/cameras/positioned.py", "vision/cameras/replay.py"),
    *("vision/cameras/video.py", "vision/cameras/aravis.py", "vision/cameras/pylon.py"),
    *("vision/cameras/aravis_library.py", "vision/cameras/features.py"),
    *("vision/health.py", "vision/lamp.py", "vision/texture.py", "vision/inspector.py"),
    *("service/instruments/faults.py", "service/instruments/scale.py", "service/instruments/sensor.py"),
    *("service/instruments/text.py", "service/line/plant_client.py", "service/line/recipes.py"),
    *("service/line/threshold_change.py", "service/line/valve_test.py", "service/line/lint_watch.py"),
    "service/line/strips.py",
)
PARTS = {  # what is put together from several texts, and is tried below; or never reaches a line's cause
    "the sorter's controller",
    "; it has restarted, its counts start anew",
    "; 17 scheduled shots were given up",
    "triggers every 17 counts",
    "make -C firmware_bridge/firmware flash PORT=/dev/ttyACM0",
    "the stream broke off",
    "delivers no frame",
    "was never solved",
    " : ",
    "17  17\n",
    "none; learn it with 'maqta learn'",
    "replaced by 17",
    "17 is shadow now",
    "maqta calibrate colour --camera 17 PICTURE",
    "the question for commands",
    "the line's view",
    "17 to 17 17",
    "as root: apt-get install libaravis-0.8-0",
    "port 17: 17 failed (17): check cable and power of 17",
}
OF_CALLERS = (  # raised at whoever calls the link or sets a camera up, with the line not running
    *("a trigger pitch of", "thread sorter-link did not end", "the sorter link is "),
    *("driver pylon needs", "frame has ", "the network lost", "the camera's driver failed it"),
    *(
        "picture has ",
        "17 can't be 17",
        "17 can't be '17'",
        "17 can't be ''17''",
        "the camera has no 17",
        "highest finding ",
        "17 more findings",
        "17 17 17",
    ),
)
LIKE_A_TEXT = 2  # blanks


def texts(path: Path) -> Iterator[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    skipped: set[ast.AST] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            skipped.add(node.value)  # a docstring
        if isinstance(node, ast.Call) and ast.unparse(node.func).startswith("log."):
            skipped |= set(ast.walk(node))
        if isinstance(node, ast.JoinedStr):
            skipped |= {inner for inner in ast.walk(node) if inner is not node}
    for node in ast.walk(tree):
        text = sample(node) if node not in skipped else ""
        if text.count(" ") >= LIKE_A_TEXT:
            yield text


def sample(node: ast.AST) -> str:
    """A text with values in it: numbers, since they fit everywhere."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.FormattedValue):
        spec = ast.unparse(node.format_spec)[2:-1] if node.format_spec is not None else ""
        if spec.startswith("%"):
            return format(MOMENT, spec)
        share = 0.17 if spec.endswith("%") else 17.0
        return repr("17") if node.conversion == ord("r") else format(share, spec) if spec else "17"
    return "".join(map(sample, node.values)) if isinstance(node, ast.JoinedStr) else ""


@pytest.mark.parametrize("name", READ)
def test_every_text_of_a_module_is_known(name: str) -> None:
    found = [text for text in texts(TREE / name) if text not in PARTS and not text.startswith(OF_CALLERS)]
    assert found
    unknown = [text for text in found if not heard(text).code or heard(text).text != text]
    assert unknown == []


@pytest.mark.parametrize(
    ("text", "code", "values"),
    [
        (
            "port /dev/ttyACM0: the controller has been silent for 812 ms, the limit is 500 ms: "
            "check its power and the cable",
            "controller_silent",
            {"port": "/dev/ttyACM0", "silent_ms": 812.0, "limit_ms": 500.0},
        ),
        ("firmware 1.4.0, boot 77", "firmware", {"firmware": "1.4.0", "boot": "77"}),
        (
            "firmware 1.4.0, boot 78; it has restarted, its counts start anew",
            "firmware_restarted",
            {"firmware": "1.4.0", "boot": "78"},
        ),
        (
            "port /dev/ttyUSB0: read failed ([Errno 5] Input/output error): check cable and power of "
            "instrument scale-1",
            "port_failed_instrument",
            {
                "port": "/dev/ttyUSB0", "action": "read", "error": "[Errno 5] Input/output error",
                "instrument": "scale-1",
            },
        ),
        ("it sent 'ST,??'; the flag '??' is not known: add it to its flags", "unknown_flag",
         {"given": "ST,??", "flag": "??"}),
        ("rtsp://cam: the stream broke off", "stream_broke", {"source": "rtsp://cam"}),
        ("port /dev/x: write failed (gone): check cable and power of the sorter's controller",
         "port_failed_sorter", {"port": "/dev/x", "action": "write", "error": "gone"}),
    ],
)  # fmt: skip
def test_a_known_text_gives_its_values_and_reads_the_same(
    text: str, code: str, values: dict[str, object]
) -> None:
    said = heard(text)
    assert (said.code, said.values) == (HEARD + code, values)
    assert said.text == text


def test_texts_inside_a_text_are_known_too() -> None:
    said = heard("not armed: emergency stop is pressed: release it, then arm again")
    assert (said.code, said.because[0].code) == ("heard.not_armed", "heard.estop_pressed")
    dropped = heard("emergency stop; 3 scheduled shots were given up")
    assert (dropped.code, dropped.because[0].code) == ("heard.with_dropped", "heard.estop")
    driver = heard("camera cam-1: RuntimeError: x")
    assert driver.because == (Saying(code="", values={"text": "RuntimeError: x"}),)


def test_a_text_that_nobody_knows_stays_as_it_is() -> None:
    said = heard("a driver's own words")
    assert (said.code, said.text) == ("", "a driver's own words")
    odd = "it sent '\\x', without a value"  # in quotes, but no text of Python's
    assert (heard(odd).code, heard(odd).text) == ("", odd)


def test_no_template_hides_another() -> None:
    for code, template in english_templates().items():
        if code.startswith(HEARD) and "{because}" not in template:
            names = [(name, spec) for _, name, spec, _ in Formatter().parse(template) if name]
            text = Saying(code=code, values={name: 17.0 if spec else "17" for name, spec in names}).text
            assert heard(text).code == code, text
