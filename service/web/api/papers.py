"""Papers as PDF: a roll's certificate, a lot's passport; and whether a paper still holds."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from service.plant.errors import PlantError
from service.web.api.access import Viewer, Web
from service.web.api.schemas import CertificateAnswer, PassportBody
from service.web.context import WebContext
from service.web.i18n.catalogue import Language
from service.web.i18n.formats import Formats
from service.web.panel.voice import Voice
from service.web.reports.certificate import DIGEST_LENGTH, Issue, certificate, digest_of
from service.web.reports.passport import load_template, passport

router = APIRouter(tags=["papers"])
PDF = "application/pdf"
Digest = Annotated[str, Query(pattern=rf"^[0-9a-f]{{{DIGEST_LENGTH}}}$")]
PDF_ANSWER: dict[int | str, dict[str, object]] = {200: {"content": {PDF: {}}}}


@router.get("/rolls/{roll_id}/certificate.pdf", response_class=Response, responses=PDF_ANSWER)
def get_certificate(
    roll_id: str, request: Request, person: Viewer, web: Web, language: Language = Language.EN
) -> Response:
    """A roll's quality certificate."""
    roll = web.plant.roll(roll_id)
    issue = issue_of(request, web, f"certificates/{roll_id}")
    data = certificate(roll, issue, voice_of(web, language), lambda sha256: _picture(web, sha256))
    return as_pdf(data, "certificate", demo=roll.row.demo)


@router.get("/certificates/{roll_id}")
def get_certificate_check(roll_id: str, digest: Digest, person: Viewer, web: Web) -> CertificateAnswer:
    """Whether a certificate's number is that of the roll as it stands now: its QR code leads here."""
    roll = web.plant.roll(roll_id)
    return CertificateAnswer(
        roll_id=roll_id, holds=digest_of(roll) == digest, grade=roll.grade.grade, demo=roll.row.demo
    )


@router.get("/lots/{lot_id}/passport.pdf", response_class=Response, responses=PDF_ANSWER)
def get_passport(
    lot_id: str, request: Request, person: Viewer, web: Web, language: Language = Language.KK
) -> Response:
    """A lot's lint quality passport; what was not measured stays blank."""
    return _passport(lot_id, {}, request, web, language)


@router.post("/lots/{lot_id}/passport.pdf", response_class=Response, responses=PDF_ANSWER)
def post_passport(
    lot_id: str,
    body: PassportBody,
    request: Request,
    person: Viewer,
    web: Web,
    language: Language = Language.KK,
) -> Response:
    """The same with values that a laboratory or a person gives; nothing of them is kept."""
    return _passport(lot_id, body.values, request, web, language)


def _passport(
    lot_id: str, typed: dict[str, str], request: Request, web: WebContext, language: Language
) -> Response:
    lot = web.plant.lot(lot_id).lot
    template = load_template(web.settings.data_dir)
    data = passport(lot, typed, template, issue_of(request, web, f"lots/{lot_id}"), voice_of(web, language))
    return as_pdf(data, "passport", demo=lot.demo)


def issue_of(request: Request, web: WebContext, path: str) -> Issue:
    """Who issues a paper, when, and where it can be checked."""
    base = web.settings.public_url or str(request.base_url).rstrip("/").removesuffix("/api/v1")
    return Issue(
        site=f"{web.settings.enterprise}/{web.settings.site}",
        issued_utc=web.now(),
        check_url=f"{base}/api/v1/{path}",
    )


def voice_of(web: WebContext, language: Language) -> Voice:
    """The voice of a paper in a language."""
    formats = Formats(language=language, zone=web.zone)
    return Voice(catalogue=web.catalogue, language=language, formats=formats)


def _picture(web: WebContext, sha256: str) -> bytes | None:
    try:
        return web.plant.picture(sha256)[0]
    except PlantError:
        return None  # it was there when the roll was read


def as_pdf(data: bytes, name: str, *, demo: bool) -> Response:
    """A PDF that a browser shows; its name says DEMO."""
    file = f"DEMO-{name}.pdf" if demo else f"{name}.pdf"
    headers = {"Content-Disposition": f'inline; filename="{file}"', "Cache-Control": "no-store"}
    return Response(data, media_type=PDF, headers=headers)
