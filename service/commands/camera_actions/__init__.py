"""The actions of `maqta camera`, one file each; heavy imports stay inside their `run`.

Each module has NAME, HELP, `add_arguments(parser)` and `run(args) -> exit code`.
"""

from service.commands.camera_actions import bench, focus, grab, listing, plan, show, twin

ACTIONS = (listing, show, grab, bench, plan, focus, twin)
