"""Light or dark: what a person chose for this browser, else what the device prefers."""

from enum import StrEnum

from starlette.requests import HTTPConnection

THEME_COOKIE = "maqta_theme"


class Theme(StrEnum):
    """The themes; `auto` follows the device."""

    AUTO = "auto"
    LIGHT = "light"
    DARK = "dark"


def theme_of(request: HTTPConnection) -> Theme:
    """The theme of a request; anything odd is `auto`."""
    chosen = request.cookies.get(THEME_COOKIE, "")
    return Theme(chosen) if chosen in set(Theme) else Theme.AUTO
