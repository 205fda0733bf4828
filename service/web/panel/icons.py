"""The rail's icons and the small ones of buttons: strokes on a grid of 20, drawn for Maqta."""

from service.web.panel.markup import Html, el

STROKES = {
    "live": "M2 10h3.5l2-5 4 11 2.5-6H18",
    "line": "M2.5 6h15M2.5 14h15M6 6v8M10 6v8M14 6v8",
    "rolls": "M5 3.5v13M5 3.5c3 0 3 13 0 13S2 3.5 5 3.5M5 3.5h9c3 0 3 13 0 13H5M9 8.5h2M13 12h2",
    "lots": "M3 7l7-3.5L17 7v7l-7 3.5L3 14zM3 7l7 3.5L17 7M10 10.5v7",
    "quality": "M2.5 17V3M2.5 17H18M5 12l3-3 3 2 5-6M5 6h2M9 6h2",
    "alarms": "M10 3 18 16.5H2zM10 8v4M10 14v.4",
    "review": "M3 4h14v9H9l-3.5 3.5V13H3zM7 8.5l2 2 4-4",
    "kpis": "M3 17v-6M8 17V7M13 17v-8M18 17V3",
    "suppliers": "M2 14V6h9v8M11 9h4l3 3v2h-2M2 14h1M7 14h5M4.5 16a1.5 1.5 0 100-3 1.5 1.5 0 000 3M14 "
    "16a1.5 1.5 0 100-3 1.5 1.5 0 000 3",
    "advice": "M7 14.5c0-2.5-2.5-3.5-2.5-6.5a5.5 5.5 0 0111 0c0 3-2.5 4-2.5 6.5zM8 17.5h4",
    "reports": "M5 2.5h7l3.5 3.5v11.5H5zM12 2.5V6h3.5M7.5 10h5M7.5 13h5",
    "ledger": "M4 3h11v14H4zM4 3v14M8 7h4M8 10h4M1.5 6H4M1.5 10H4M1.5 14H4",
    "family": "M10 3v4M10 7H5v4M10 7h5v4M3 11h4v4H3zM13 11h4v4h-4zM8 1.5h4v3H8z",
    "articles": "M3 3h14v14H3zM3 7.5h14M3 12.5h14M7.5 3v14M12.5 3v14",
    "cnns": "M4 5v10M10 3.5v13M16 5v10M4 5l6-1.5L16 5M4 10h12M4 15l6 1.5 6-1.5",
    "hardware": "M2.5 6h10v8h-10zM12.5 9l5-2.5v7l-5-2.5M5 10h2",
    "sorter": "M3 4h14M5 4v4M10 4v4M15 4v4M10 10v5M7.5 13l2.5 3 2.5-3",
    "system": "M3 3.5h14v5H3zM3 11.5h14v5H3zM6 6h.4M6 14h.4M9 6h5M9 14h5",
    "disk": "M3 5c0-3 14-3 14 0v10c0 3-14 3-14 0zM3 5c0 3 14 3 14 0M3 10c0 3 14 3 14 0",
    "people": "M7.5 9a3 3 0 100-6 3 3 0 000 6M2 17c0-7 11-7 11 0M13 3.5a3 3 0 010 5.5M15 11.5c2 .8 3 3 3 5",
    "tokens": "M7 13.5a4 4 0 110-7.9 4 4 0 010 7.9M11 9.5h7v4M15 9.5v3",
    "audit": "M4 3h12v14H4zM7 7h6M7 10h6M7 13h3",
    "settings": "M3 6h8M15 6h2M3 14h2M9 14h8M13 8a2 2 0 100-4 2 2 0 000 4M7 16a2 2 0 100-4 2 2 0 000 4",
    "hold": "M6.5 4v12M13.5 4v12",
    "resume": "M6 4l10 6-10 6z",
    "film": "M3 4h14v12H3zM6.5 4v12M13.5 4v12M3 8h3.5M3 12h3.5M13.5 8H17M13.5 12H17",
    "right": "M3.5 10.5 8 15l9-10",
    "wrong": "M4.5 4.5l11 11M15.5 4.5l-11 11",
    "back": "M12.5 4l-6 6 6 6",
    "theme_auto": "M10 3a7 7 0 100 14 7 7 0 000-14M10 3v14M13 4v12M15.5 6v8",
    "theme_light": "M10 6.5a3.5 3.5 0 100 7 3.5 3.5 0 000-7M10 1.5v2M10 16.5v2M1.5 10h2M16.5 10h2M4 4l1.4 "
    "1.4M14.6 14.6 16 16M16 4l-1.4 1.4M5.4 14.6 4 16",
    "theme_dark": "M16.5 12A7 7 0 018 3.5 7 7 0 1016.5 12z",
    "map_whole": "M3 7V3h4M17 7V3h-4M3 13v4h4M17 13v4h-4",
    "map_before": "M13 4l-6 6 6 6M5 4v12",
    "map_next": "M7 4l6 6-6 6M15 4v12",
    "other": "M10 3l7 7-7 7-7-7z",
}


def icon(name: str) -> Html:
    """One icon; an unknown name gets a plain diamond. It says nothing by itself: words stand beside it."""
    path = el("path", d=STROKES.get(name, STROKES["other"]))
    return el(
        "svg",
        path,
        class_="icon",
        viewBox="0 0 20 20",
        fill="none",
        stroke="currentColor",
        stroke_width="1.6",
        stroke_linecap="round",
        stroke_linejoin="round",
        aria_hidden="true",
    )
