"""The actions of `maqta calibrate`, one file each; heavy imports stay inside their `run`.

Each module has NAME, HELP, `add_arguments(parser)` and `run(args, store) -> exit code`. part.py keeps a
part that was solved, board.py reads which board was used, text.py says what a calibration is.
"""

from service.commands.calibrate_actions import apply, colour, flat, lint, scale, show, table, target, use

ACTIONS = (target, scale, flat, colour, lint, apply, table, show, use)
