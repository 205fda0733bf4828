"""A page's head: its name, a line that says what it holds, and what is pressed or chosen there."""

from service.web.panel.markup import Child, Html, el


def page_head(title: str, *beside: Child, hint: str = "") -> Html:
    """Write the head; `hint` stands under the title, `beside` at the other end."""
    name = el("h1", title)
    said = el("div", name, el("p", hint, class_="soft")) if hint else name
    return el("div", said, *beside, class_="page-head")
