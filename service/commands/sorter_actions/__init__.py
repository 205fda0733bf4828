"""The actions of `maqta sorter`, one file each; heavy imports stay inside their `run`.

Each module has NAME, HELP, `add_arguments(parser)` and `run(args) -> exit code`. place.py finds the port and
what the line's TOML knows of the belt; telling.py says how a controller is; arming.py asks before it moves.
"""

from service.commands.sorter_actions import config, fire, jog, status, time, trace, twin

ACTIONS = (status, jog, fire, time, trace, config, twin)
