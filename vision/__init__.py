"""From a camera's frame to an inspection. Knows nothing of serial ports, databases or torch.

A frame's way, file by file:
    types.py         the records passed between the stages, and VisionError
    taxonomy.py      the one list of what can be seen, with definitions
    images.py        picture files -> uint8 pixels
    cameras/         what a camera is, and all that can be one: see vision/cameras/__init__.py
    calibration.py   pixels <-> mm, flat field, colour: parts that expire; calibration_store.py keeps them
      pixel_map.py     pixels -> mm without lens and tilt; scale_fit.py solves it from charuco.py's corners
      flat_field.py    gain and offset of each column or pixel
      colour.py        CIE L*a*b* and CIEDE2000; colour_fit.py solves it from chart.py's 24 patches
      printed_target.py  the board to print
    health.py        black, saturated, frozen, blurred, soiled, flickering? by picture_figures.py's figures
    texture.py       is there a picture at all? a covered lens is never CLEAN
    edges.py         where the material lies between its edges
    preprocess.py    correct a frame, leave joints out, cut uint8 tiles
    card.py          what a bundle says of itself, and the contract of its ONNX graph
    bundle.py        ONNX + card + golden tiles + SHA-256 in one folder, checked when loaded
    golden.py        golden tiles: what the graph must answer at each start; golden_file.py keeps them
    parity.py        the gate's report: does every way to compute the graph come to the same verdicts?
    parity_check.py  the gate; trial_frames.py and trial_flaws.py: what it and the golden tiles look at
    provider.py      where the runtime may compute
    overrides.py     thresholds changed after learning, versioned, beside the bundle
    inference.py     tiles -> score maps; the only user of the inference runtime
    postprocess.py   score map -> defects in mm
    scoremap.py      score map -> 16-bit picture on the recipe's one scale
    trash.py         fibre cover and trash area of a fibre frame
    verdict.py       defects + thresholds -> CLEAN, DEFECTIVE, UNSURE, FAILED: the one decision function
    inspector.py     joins the stages and times them; an exception is FAILED
    seams.py         defects of neighbouring frames -> defects of the web
    registry.py      candidate -> shadow -> active -> retired, and roll back; gate.py stands before active
    learn.py         good pictures of an article -> bundle, without torch, with the help of
      base/            the CNN that every recipe starts from, and its card
      banks.py         at which scales filters look, and templates.py: the shapes that are looked for
      article.py       the numbers that are learnt
      good_cloth.py    which pictures statistics are learnt from, and which only set thresholds
      strip.py         strips of good cloth, and what their patches say
      fit.py           strips -> those numbers; profile.py: by column; extremes.py: block maxima and their law
      held_out.py      good cloth scored by graphs that never saw it
      thresholds.py    at most so many false alarms per 100 m -> thresholds, and what is missing for it
      graph.py         those numbers -> one ONNX graph, written with onnx_writer.py from
        graph_planes.py  what the filters look at, and graph_banks.py: what they answer
    offline.py       the line's own path over picture files: `maqta inspect`
"""
