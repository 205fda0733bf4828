"""A lot's kilograms in figures, and where they went: passed on, contaminants out, good fibre lost."""

from service.plant.views.lots import LotDetail, LotView
from service.web.panel.figures import figure
from service.web.panel.flow_picture import Band, flow_picture
from service.web.panel.markup import Html, el
from service.web.panel.voice import Voice

FULL_COVERAGE = 0.999
KG_PER_T = 1000.0


def lot_figures(lot: LotView, voice: Voice) -> Html:
    """What counts, at a glance; an escape is never grey."""
    rate = lot.contaminants / lot.fed_kg * KG_PER_T if lot.fed_kg > 0 else None
    low = lot.coverage is not None and lot.coverage < FULL_COVERAGE
    return el(
        "dl",
        figure(voice.say("lot_fed"), voice.number(lot.fed_kg, 1), unit=voice.say("unit.kg"), voice=voice),
        figure(
            voice.say("lot_ejected"),
            voice.number(lot.ejected_kg, 2),
            unit=voice.say("unit.kg"),
            voice=voice,
        ),
        figure(
            voice.say("lot_good_lost"),
            voice.number(lot.good_fibre_kg, 2),
            unit=voice.say("unit.kg"),
            voice=voice,
        ),
        figure(
            voice.say("lot_rate"),
            voice.number(rate, 1) if rate is not None else None,
            unit=voice.say("unit.1/t"),
            voice=voice,
        ),
        figure(
            voice.say("lot_trash"),
            voice.number(lot.trash_area_pct, 2) if lot.trash_area_pct is not None else None,
            unit="%",
            voice=voice,
        ),
        figure(
            voice.say("lot_escapes"),
            voice.number(lot.refused),
            unit=voice.say("of_shots", shots=lot.shots),
            tone="bad" if lot.refused else "",
            voice=voice,
        ),
        figure(
            voice.say("coverage"),
            voice.percent(lot.coverage) if lot.coverage is not None else None,
            tone="warn" if low else "",
            voice=voice,
        ),
        class_="figures lot-figures",
    )


def mass_picture(detail: LotDetail, voice: Voice) -> Html:
    """Both sides of the loss: what had to go, and the good fibre that went with it."""
    lot = detail.lot
    heading = el("h2", voice.say("lot_masses_title"))
    note = el("p", voice.say("masses_estimated"), class_="soft small")
    if lot.fed_kg <= 0:
        return el("section", heading, el("p", voice.say("lot_masses_none"), class_="empty"), class_="stack")
    parts = (
        ("passed", lot.passed_kg, "good"),
        ("contaminants", max(0.0, lot.ejected_kg - lot.good_fibre_kg), "waste"),
        ("good_fibre", lot.good_fibre_kg, "loss"),
    )
    bands = [
        Band(
            name=voice.say(f"lot_band.{name}"),
            amount=kg,
            words=voice.say(
                "kilograms_and_share",
                value=voice.number(kg, 2),
                share=voice.number(100 * kg / lot.fed_kg, 3),
            ),
            look=look,
        )
        for name, kg, look in parts
    ]
    fed = (voice.say("lot_fed"), voice.say("kilograms", value=voice.number(lot.fed_kg, 1)))
    drawn = flow_picture(fed, lot.fed_kg, bands, voice.say("lot_masses_title"))
    return el("section", heading, el("div", drawn, note, class_="card stack"), class_="stack")
