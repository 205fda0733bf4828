"""The field in which a person says why: a decision without a reason helps nobody later."""

from service.web.panel.markup import Html, el
from service.web.panel.voice import Voice

MOST_WHY = 500


def why_field(voice: Voice) -> Html:
    """A line of text named `why`."""
    return el(
        "input",
        name="why",
        maxlength=MOST_WHY,
        placeholder=voice.say("why_placeholder"),
        aria_label=voice.say("why_placeholder"),
        autocomplete="off",
        class_="why",
    )
