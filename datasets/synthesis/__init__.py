"""Rendered cloth and lint with flaws of known truth: for learning, for tests and as a live demo camera.

Every scene is an endless web. Any window of it can be asked for again and comes out the same, to the bit.

    scene.py         what a scene is: `Scene`, `PlantedDefect`
    endless.py       random numbers along an endless web, and the fixed blocks that a web is rendered in
    planted.py       flaws drawn into finished pictures, real or rendered; a gauge read from a picture
    planting.py      where flaws lie: seeded cells along the web, no two flaws on each other
    style.py         `ClothStyle` and `random_style`: how a cloth and its picture look
    session.py       the same cloth before another camera, on another day
    yarns.py         where each yarn of a panel lies, how bright it is, how the weft runs across
    weave.py         the interlacing and the panel of woven cloth that a scene is cut from
    gauze.py         open weaves: what lies behind the cloth is seen between its yarns
    knit.py          the loop of a single jersey
    cases.py         cloths that are hard to inspect, by name
    selvedge.py      the table beside the cloth, the cloth's edge and its selvedge
    optics.py        lamp, lens and camera: light, focus, noise, colour, compression
    flaw.py          what a flaw's drawing takes and gives, and the soft shapes it is made of
    line_flaws.py    long flaws, often faint: broken and coloured yarns, reed marks, shade bars, cracks
    loose_flaws.py   what lies on the cloth or stands out: loose yarns, curls, dashes, fluff, folds
    yarn_flaws.py    flaws along yarns: floats, bars, slubs, oil
    spot_flaws.py    flaws in one place: knots, neps, holes, oil, stains, foreign fibres
    flaw_table.py    which kinds cloth can be rendered with, their sizes and painters
    cloth_flaws.py   the flaws of one cloth, cut selvedges included
    cloth.py         `ClothScene`
    foreign.py       foreign matter in lint: leaf, bark, hair, string, polypropylene
    lint_mat.py      `LintStyle` and the mat of lint
    lint.py          `LintScene`
    strand_mat.py    the second generator, for evaluation: `StrandStyle` and a mat of curves in depth
    strand_matter.py its foreign matter: ribbons, shards, threads, stains; ultraviolet and polarised looks
    lint_camera.py   lint of a wanted Rd and +b as a camera behind glass sees it
    strand_lint.py   its `StrandLintScene`, frozen
    camera.py        `RenderedCamera`: a scene as a camera behind a trigger wire
    pictures.py      pictures of clean material on disk, to learn from
    targets.py       calibration boards before a known lens; chart_scene.py: colour charts under lamps
    demo.py          the demo's cloth and lint, at any camera's scale
"""
