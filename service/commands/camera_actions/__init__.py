"""The actions of `maqta camera`, one file each; heavy imports stay inside their `run`.

Each module has NAME, HELP, `add_arguments(parser)` and `run(args) -> exit code`.
"""

from service.commands.camera_actions import focus, plan

ACTIONS = (plan, focus)
