"""The panel's own style sheets and scripts: `panel.*` for all pages, others named after their page."""

from pathlib import Path

from service.web.panel.markup import Html, el, join

STATIC_FOLDER = Path(__file__).parent / "static"


def _names(pattern: str) -> list[str]:
    names = sorted(path.name for path in STATIC_FOLDER.glob(pattern))
    return sorted(names, key=lambda name: not name.startswith("panel."))


STYLES = join(*[el("link", rel="stylesheet", href=f"/static/{name}") for name in _names("*.css")])


def scripts(lost: str) -> Html:
    """The scripts of a live page; `lost` is what a page without connection says, with @ for the time."""
    first, *others = _names("*.js")
    return join(
        el("script", defer=True, src=f"/static/{first}", id="panel-script", data_lost=lost),
        *[el("script", defer=True, src=f"/static/{name}") for name in others],
    )
