"""Certificate and passport, read back by two PDF readers and a QR decoder."""

import io
import shutil
import subprocess
import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import httpx
import pypdf
import pytest

from service.plant.errors import PlantError
from service.settings import PlantSettings
from service.web.reports.passport import SHIPPED, load_template

Login = Callable[[str], Any]
CERTIFICATE = "/api/v1/rolls/roll-1/certificate.pdf"
PASSPORT = "/api/v1/lots/lot-1/passport.pdf"
needs_poppler = pytest.mark.skipif(
    shutil.which("pdftotext") is None,
    reason="pdftotext is not installed (Debian: apt-get install poppler-utils)",
)


def text_of(pdf: bytes) -> str:
    pages = pypdf.PdfReader(io.BytesIO(pdf)).pages
    return unicodedata.normalize("NFC", "\n".join(page.extract_text() for page in pages))


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ["Roll quality certificate", "R-0001", "plain weave", "Points", "Oil spot", "14", "10.00 m"]),
        ("ru", ["Сертификат качества рулона", "Масляное пятно", "Не осмотрено", "10,00 м"]),
        ("kk", ["Орам сапасының сертификаты", "Май дағы", "Тексерілмеген", "Ұзындығы", "10,00 м"]),
    ],
)
async def test_a_certificate_can_be_read_back_in_each_language(
    log_in: Login, language: str, words: list[str]
) -> None:
    browser: httpx.AsyncClient = await log_in("viewer")
    answer = await browser.get(f"{CERTIFICATE}?language={language}")
    assert answer.headers["content-type"] == "application/pdf"
    assert 'filename="DEMO-certificate.pdf"' in answer.headers["content-disposition"]
    text = text_of(answer.content)
    assert [word for word in (*words, "DEMO") if word not in text] == []


@needs_poppler
async def test_another_reader_finds_the_same_kazakh_letters(log_in: Login, tmp_path: Path) -> None:
    browser: httpx.AsyncClient = await log_in("viewer")
    (tmp_path / "paper.pdf").write_bytes((await browser.get(f"{CERTIFICATE}?language=kk")).content)
    read = subprocess.run(["pdftotext", "-layout", "paper.pdf", "-"], cwd=tmp_path, capture_output=True)
    assert "Орам сапасының сертификаты" in read.stdout.decode()
    assert "Бақылаушы" in read.stdout.decode()


@needs_poppler
async def test_the_qr_code_leads_to_the_check_which_fails_once_a_mark_changes_the_roll(
    log_in: Login, tmp_path: Path
) -> None:
    browser: httpx.AsyncClient = await log_in("technician")
    (tmp_path / "paper.pdf").write_bytes((await browser.get(CERTIFICATE)).content)
    subprocess.run(["pdftoppm", "-r", "200", "-png", "-f", "1", "-l", "1", "paper.pdf", "page"], cwd=tmp_path)
    (page,) = tmp_path.glob("page*.png")
    address, _, _ = cv2.QRCodeDetector().detectAndDecode(cv2.imread(str(page)))
    assert address.startswith("http://plant.test/api/v1/certificates/roll-1?digest=")
    before = (await browser.get(address)).json()
    assert before == {"roll_id": "roll-1", "holds": True, "grade": before["grade"], "demo": True}
    roll = (await browser.get("/api/v1/rolls/roll-1")).json()
    mark = f"/api/v1/defects/{roll['defects'][0]['defect_id']}/mark"
    assert (await browser.post(mark, json={"verdict": "wrong"})).status_code == 200
    assert (await browser.get(address)).json()["holds"] is False


async def test_the_certificate_shows_pictures_of_the_worst_defects(log_in: Login) -> None:
    browser: httpx.AsyncClient = await log_in("viewer")
    pages = pypdf.PdfReader(io.BytesIO((await browser.get(CERTIFICATE)).content)).pages
    assert sum(len(page.images) for page in pages) == 6  # each of the six defects has a crop that is held


async def test_a_roll_that_is_not_known_has_no_certificate(log_in: Login) -> None:
    browser: httpx.AsyncClient = await log_in("viewer")
    answer = await browser.get("/api/v1/rolls/nobody/certificate.pdf")
    assert (answer.status_code, answer.json()["type"]) == (404, "urn:maqta:problem:unknown_roll")


async def test_a_passport_says_that_its_form_is_not_verified_and_leaves_blank_what_nobody_measured(
    log_in: Login,
) -> None:
    browser: httpx.AsyncClient = await log_in("viewer")
    text = text_of((await browser.get(f"{PASSPORT}?language=ru")).content)
    assert "Паспорт качества хлопка-волокна" in text
    assert "Официальная форма не проверена" in text
    assert "L-0001" in text
    assert "100,0" in text  # kg fed
    assert text.count("____________") >= 8  # e.g. moisture: there is no sensor


async def test_typed_values_fill_a_passport_and_strange_ones_are_refused(log_in: Login) -> None:
    browser: httpx.AsyncClient = await log_in("viewer")
    body = {"values": {"moisture_pct": "7,4", "sort": "<b>Бірінші</b>"}}
    text = text_of((await browser.post(f"{PASSPORT}?language=kk", json=body)).content)
    assert "7,4" in text
    assert "<b>Бірінші</b>" in text  # markup is data
    for values in ({"moisture": "7"}, {"fed_kg": "1"}):  # unknown; measured, so not for typing
        answer = await browser.post(PASSPORT, json={"values": values})
        assert (answer.status_code, answer.json()["type"]) == (422, "urn:maqta:problem:bad_passport")


async def test_the_plants_own_template_takes_the_place_of_the_shipped_one(
    log_in: Login, settings: PlantSettings
) -> None:
    own = settings.data_dir / "passport.toml"
    own.write_text(
        'verified = true\nform = "Form 7"\n[title]\nen = "E"\nru = "Р"\nkk = "Өз паспорты"\n'
        '[[fields]]\nkey = "grower"\nen = "Grower"\nru = "Хозяйство"\nkk = "Шаруашылық"\n',
        encoding="utf-8",
    )
    browser: httpx.AsyncClient = await log_in("viewer")
    text = text_of((await browser.get(f"{PASSPORT}?language=kk")).content)
    assert "Өз паспорты" in text
    assert "Шаруашылық" in text
    assert "Form 7" in text
    own.write_text('verified = true\nform = ""\ntitel = 1\n', encoding="utf-8")
    answer = await browser.get(PASSPORT)
    assert answer.status_code == 422
    assert "passport.toml" in answer.json()["detail"]


def test_a_template_that_names_an_unknown_value_is_refused(tmp_path: Path) -> None:
    text = SHIPPED.read_text(encoding="utf-8").replace('from = "fed_kg"', 'from = "weight"')
    (tmp_path / "passport.toml").write_text(text, encoding="utf-8")
    with pytest.raises(PlantError, match="from = 'weight' is not known; use article"):
        load_template(tmp_path)
