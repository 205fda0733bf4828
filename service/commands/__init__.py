"""The subcommands of `maqta`, one file each; heavy imports stay inside their `run`.

Each module has NAME, HELP, `add_arguments(parser)`, `run(args) -> exit code` and `errors()`, the exceptions
whose message is meant for the person at the keyboard.
"""

from service.commands import (
    appraisal,
    audit,
    calibrate,
    camera,
    certificate,
    check_config,
    dataset,
    evaluate,
    export,
    grade,
    import_file,
    inspect,
    kpi,
    learn,
    ledger,
    line,
    model,
    passport,
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
    appraisal,
    grade,
    ledger,
    audit,
    export,
    certificate,
    passport,
    import_file,
    dataset,
    train,
    twin,
)
