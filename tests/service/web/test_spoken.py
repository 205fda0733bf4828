"""What lines say is shown in the viewer's language, and English stays English where there is nothing else."""

import json
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from service.line_commands import CommandOutcome, LineCommand, LineCommandKind
from service.plant.ledger.audit import Report, as_json
from service.plant.views.commands import CommandView
from service.said.codes import Said
from service.said.sayings import Saying, say
from service.web.i18n.catalogue import Language, load_catalogue
from service.web.i18n.formats import Formats
from service.web.panel.ledger_proof import proof_card
from service.web.panel.spoken import answer_told, plain, spoken
from service.web.panel.voice import Voice

ALMATY = ZoneInfo("Asia/Almaty")
MOMENT = datetime(2026, 3, 2, 1, 30, tzinfo=UTC)  # 06:30 in Almaty


def voice(language: Language) -> Voice:
    return Voice(
        catalogue=load_catalogue(), language=language, formats=Formats(language=language, zone=ALMATY)
    )


@pytest.mark.parametrize(
    ("language", "text"),
    [
        (
            Language.KK,
            "aigerim тоқтатты; түсірілім іске қосылады, бірақ 3 с бойы кадр жоқ: камераны тексеріңіз",
        ),
        (Language.RU, "остановил aigerim; съёмка запускается, но кадров нет 3 с: проверьте камеру"),
        (Language.EN, "held by aigerim; triggers, but no frame for 3 s: check the camera"),
    ],
)
def test_causes_are_whole_sentences_of_each_language(language: Language, text: str) -> None:
    said = (say(Said.HELD_BY, user="aigerim"), say(Said.NO_FRAMES, seconds=3.2))
    assert spoken(said, "stored", voice(language)) == text


def test_numbers_moments_and_codes_are_written_as_the_panel_writes_them() -> None:
    bin_ = say(Said.BIN_WELL, grams=5.8, shots=1200, wanted_g=6.0)
    assert "5,8 г за 1\u202f200 выбросов" in spoken((bin_,), "", voice(Language.RU))
    expired = say(Said.CALIBRATION_EXPIRED, camera="cam-1", parts="scale, colour", expired_utc=MOMENT)
    assert "02.03.2026 06:30 (масштаб, цвет)" in spoken((expired,), "", voice(Language.RU))
    assert "02.03.2026 06:30 бітті (масштаб, түс)" in spoken((expired,), "", voice(Language.KK))


def test_a_sentence_inside_another_and_a_drivers_text_keep_their_places() -> None:
    driver = Saying(code="", values={"text": "ORT <failed>"})
    said = (say(Said.INSPECTING_FAILED, because=driver),)
    english = '<span lang="en">ORT &lt;failed&gt;</span>'
    assert spoken(said, "", voice(Language.RU)) == f"осмотр не удался: {english}"
    assert spoken(said, "", voice(Language.EN)) == "inspecting failed: ORT &lt;failed&gt;"


@pytest.mark.parametrize(
    "said",
    [
        (),  # of an event before schema 5
        (Saying(code="of_a_newer_line", values={}),),
        (Saying(code="held_by", values={"person": "aigerim"}),),  # values of another version
        (Saying(code="no_frames", values={"seconds": "inf"}),),
        (Saying(code="command_expired", values={"expired_utc": "tomorrow"}),),
        (say(Said.STILL_HELD, because=Saying(code="of_a_newer_line")),),
    ],
)
def test_what_cannot_be_said_is_shown_as_stored_and_marked_as_english(said: tuple[Saying, ...]) -> None:
    assert spoken(said, "held & kept", voice(Language.KK)) == '<span lang="en">held &amp; kept</span>'
    assert spoken(said, "held & kept", voice(Language.EN)) == "held &amp; kept"


@pytest.mark.parametrize(
    ("outcome", "text"),
    [
        (CommandOutcome.REFUSED, "Клапанды тексеру: желі 06:30 бас тартты: желі сұрыптап жатыр;"),
        (CommandOutcome.DONE, "Клапанды тексеру: орындалды, aigerim 06:30 сұраған. желі сұрыптап жатыр;"),
    ],
)
def test_an_answer_says_in_the_viewers_language_why(outcome: CommandOutcome, text: str) -> None:
    command = LineCommand(
        id="c1",
        line="loom-1",
        command=LineCommandKind.TEST_VALVE,
        issued_by="aigerim",
        issued_utc=MOMENT,
        expires_utc=MOMENT,
    )
    said = say(Said.TEST_WHILE_SORTING)
    view = CommandView(command=command, outcome=outcome, detail=said.text, said=(said,), answered_utc=MOMENT)
    assert answer_told(view, voice(Language.KK), "06:30").startswith(text)


def test_faults_of_the_ledger_are_listed_in_the_viewers_language() -> None:
    missing = say(Said.CHAIN_FAULT, chain="plant", because=say(Said.LINK_MISSING, link="2"))
    edited = say(Said.ROW_EDITED, row_kind="grade", subject="7", sealed_utc=MOMENT)
    said = (missing, edited)
    report = Report(
        links=9, entries=1, events=0, heads=0, removed=0, unsealed=0,
        faults=tuple(fault.text for fault in said), said=said,
    )  # fmt: skip
    card = proof_card(None, (), report, voice(Language.KK), may_verify=False)
    assert "<li>plant тізбегі: 2 буыны жоқ</li>" in card
    assert "<li>сорт 7, 02.03.2026 06:30 мөрленген: өзгертілген</li>" in card
    assert json.loads(as_json(report))["faults"] == [
        "chain plant: link 2 is missing",
        "grade 7, sealed 2026-03-02 01:30 UTC, was edited",
    ]


def test_paper_has_the_words_without_markup() -> None:
    line = Saying(code="", values={"text": "3 x 4 < 5 & more"})
    assert plain(line, voice(Language.RU)) == "3 x 4 < 5 & more"
