"""The actions of `maqta model`, one file each; heavy imports stay inside their `run`.

Each module has NAME, HELP, `add_arguments(parser)` and `run(args, registry) -> exit code`. table.py is the
action `list`; listing.py says what `list` and `show` tell of a bundle, who.py who is at the keyboard.
"""

from service.commands.model_actions import activate, parity, rollback, shadow, show, table, threshold

ACTIONS = (table, show, parity, shadow, activate, rollback, threshold)
