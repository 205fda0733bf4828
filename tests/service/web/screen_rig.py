"""Screens of the panel without a browser: who looks, and what is shown to them."""

from typing import Any

from fastapi import FastAPI

from service.plant.plant import Plant
from service.plant.views.people import User
from service.web.i18n.catalogue import Language
from service.web.i18n.formats import Formats
from service.web.panel.page import Looker
from service.web.panel.voice import Voice


def looker_of(app: FastAPI, *, token: str = "", path: str = "/") -> Looker:
    web = app.state.web
    formats = Formats(language=Language.EN, zone=web.zone)
    voice = Voice(catalogue=web.catalogue, language=Language.EN, formats=formats)
    return Looker(web=web, voice=voice, token=token, path=path)


def person(plant: Plant, role: str) -> User:
    found = plant.people.get(role)
    assert found is not None
    return found


def shown(screen: Any, who: User, loads: int = 1) -> str:
    for _ in range(loads):
        screen.load()
    return "\n".join(screen.sections(who))
