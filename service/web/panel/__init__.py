"""The panel: pages that NiceGUI keeps up to date.

A page is put together from sections. A section is a pure function from the plant's views and a `Voice`
(language, numbers, times) to HTML; `page.py` sends it again only when it changed. Presses come back as the
pressed element's data-action and go to the same plant functions as the REST API.

mount.py      mounts the pages on the application
page.py       what every page has: who looks, in which language; header, DEMO band, timer
snapshot.py   what the live pages show, asked of the plant once for all open panels
voice.py      texts, numbers and times in the viewer's language
markup.py     escaped HTML
glyphs.py     a shape and a colour for each group of defects
live.py, rolls.py, roll.py, roll_map.py, lots.py, kpis.py    the pages
window_choice.py  which stretch of time a page shows; why.py  the field for a reason
sparkline.py, interval_bar.py, flow_picture.py, family_graph.py, kind_times.py, trade_curve.py    drawings
kpi_*.py, lot.py, ledger*.py, supplier*.py, advice*.py, loop_cards.py, plan_section.py, reports.py    the mill
navigation.py the rail: pages in groups, each with the least role that sees it
static/       panel.css and panel.js for all pages; a page's own are named after it
"""
