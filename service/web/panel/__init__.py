"""The panel: pages that NiceGUI keeps up to date.

A page is put together from sections. A section is a pure function from the plant's views and a `Voice`
(language, numbers, times) to HTML; `page.py` sends it again only when it changed. Presses come back as the
pressed element's data-action and go to the same plant functions as the REST API.

mount.py      mounts the pages on the application
page.py       what every page has: who looks, in which language; rail, DEMO band, timer; `Steady` screens look
              ten times a second and are written anew only for news
header.py, navigation.py, waiting.py, icons.py    bar and rail: tabs in groups, what waits in each
states.py, lamps.py, figures.py    nothing yet, no data since, trouble; a light; a figure with its meaning
snapshot.py   what the live pages show, asked of the plant once for all open panels
voice.py      texts, numbers and times in the viewer's language
markup.py     escaped HTML
glyphs.py     a shape and a colour for each group of defects
live.py, line.py (line_card, strip, strip_desk, line_health, line_presses)    all lines, one line
hardware.py (focus_aid, calibration_card), system.py    a line's hardware; is everything alive
rolls.py, roll.py, roll_map.py, lots.py, lot.py, kpi*.py, ledger*.py, supplier*.py, advice*.py, loop_cards.py,
plan_section.py, reports.py    the mill
window_choice.py  which stretch of time a page shows; why.py  the field for a reason
sparkline.py, interval_bar.py, flow_picture.py, family_graph.py, kind_times.py, trade_curve.py    drawings
navigation.py the rail: pages in groups, each with the least role that sees it
static/       panel.css (read its top) and panel.js for all pages; others are named after topic or page
"""
