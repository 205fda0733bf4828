"""The subcommands of `maqta`, one file each; heavy imports stay inside their `run`.

Each module has NAME, HELP, `add_arguments(parser)`, `run(args) -> exit code` and `errors()`, the exceptions
whose message is meant for the person at the keyboard.
"""

from service.commands import (
    audit,
    calibrate,
    camera,
    check_config,
    dataset,
    evaluate,
    grade,
    inspect,
    kpi,
    learn,
    ledger,
    line,
    model,
    plant,
    replay,
    run,
    sorter,
    train,
    twin,
)

COMMANDS = (
    run,
    learn,
    inspect,
    evaluate,
    model,
    calibrate,
    camera,
    line,
    sorter,
    plant,
    check_config,
    replay,
    kpi,
    grade,
    ledger,
    audit,
    dataset,
    train,
    twin,
)
