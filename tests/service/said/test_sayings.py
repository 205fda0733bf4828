"""What line and plant say has a text for every code, with the values that the code's template wants."""

import ast
from datetime import UTC, datetime
from pathlib import Path

from service.event_terms import LineState
from service.events import EVENT_CODEC, SCHEMA_VERSION, StateChanged
from service.line.states import state_changed
from service.said.codes import Said
from service.said.heard import HEARD
from service.said.sayings import SAYINGS_CODEC, Saying, english_templates, in_english, say
from service.web.i18n.catalogue import Language, load_catalogue, names_in

SERVICE = Path(__file__).parents[3] / "service"
OLD_EVENT = (
    '{"id":"e","schema_version":4,"log_id":"l","seq":1,"demo":false,'
    '"tenant":{"enterprise":"m","site":"n","area":"w","line":"loom-1"},'
    '"stamp":{"utc":"2026-03-02T06:00:00Z","mono_ns":1,"encoder_mm":0.0},'
    '"body":{"kind":"state_changed","state":"held","cause":"held by aigerim"}}'
)


def calls() -> list[tuple[str, int, str, set[str]]]:
    """Every `say(Said.CODE, name=…)` of service/, with what it is given."""
    found = []
    for path in sorted(SERVICE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            codes = [one for one in node.args if is_code(one)] if isinstance(node, ast.Call) else []
            for code in codes:
                assert isinstance(node, ast.Call)
                assert isinstance(code, ast.Attribute)
                given = {str(word.arg) for word in node.keywords}
                found.append((path.name, node.lineno, Said[code.attr].value, given))
    return found


def is_code(node: ast.expr) -> bool:
    return isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "Said"


def test_every_code_has_a_text_in_every_language_and_no_text_lacks_its_code() -> None:
    own = {code for code in english_templates() if not code.startswith(HEARD)}
    assert own == {code.value for code in Said}
    catalogue = load_catalogue()
    for code in english_templates():
        assert all(catalogue.entries[f"said.{code}"].texts[language].strip() for language in Language), code


def test_what_is_said_is_given_every_value_of_its_template() -> None:
    for name, line, code, given in calls():
        assert given == names_in(english_templates()[code]), f"{name}:{line}: {code}"


def test_every_code_is_said_somewhere() -> None:
    texts = "\n".join(path.read_text(encoding="utf-8") for path in SERVICE.rglob("*.py"))
    assert [code.name for code in Said if f"Said.{code.name}" not in texts] == []


def test_the_english_text_is_the_template_with_its_values() -> None:
    still = say(
        Said.STILL_HELD, because=[say(Said.HELD_BY, user="aigerim"), say(Said.NO_FRAMES, seconds=3.4)]
    )
    assert still.text == ("still held: held by aigerim; triggers, but no frame for 3 s: check the camera")
    expired = say(Said.COMMAND_EXPIRED, expired_utc=datetime(2026, 3, 2, 6, 5, tzinfo=UTC))
    assert expired.text == "expired at 2026-03-02 06:05 UTC; ask again if it is still wanted"
    assert in_english((say(Said.STOPPED), say(Said.STARTED))) == "stopped; started"


def test_a_state_carries_its_causes_for_any_language() -> None:
    body = state_changed(LineState.HELD, say(Said.HELD_BY, user="aigerim"), say(Said.NO_FRAMES, seconds=3.0))
    assert body.cause == "held by aigerim; triggers, but no frame for 3 s: check the camera"
    assert [one.code for one in body.said] == ["held_by", "no_frames"]
    assert SAYINGS_CODEC.validate_json(SAYINGS_CODEC.dump_json(body.said)) == body.said


def test_an_event_of_an_older_line_is_read_with_its_english_text_alone() -> None:
    event = EVENT_CODEC.validate_json(OLD_EVENT)
    assert event.schema_version < SCHEMA_VERSION
    assert event.body == StateChanged(state=LineState.HELD, cause="held by aigerim", said=())


def test_a_value_that_json_has_no_number_for_goes_as_text() -> None:
    said = (say(Said.NO_FRAMES, seconds=float("inf")),)
    assert said[0].text == "triggers, but no frame for inf s: check the camera"
    assert SAYINGS_CODEC.validate_json(SAYINGS_CODEC.dump_json(said)) == said


def test_what_another_version_said_still_reads() -> None:
    newer = Saying(code="of_a_newer_line", values={"lane": 3}, because=(say(Said.STOPPED),))
    assert newer.text == "of_a_newer_line lane=3 stopped"
    assert Saying(code="held_by", values={"person": "aigerim"}).text == "held_by person=aigerim"
