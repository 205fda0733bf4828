"""Joins the rooms: the command, the line process, the plant, its API and panel.

cli.py, commands/     `maqta …`, one file a subcommand; heavy imports wait until one runs
settings.py           what a line, a plant and a supervisor can be told; settings_file.py reads it from TOML
events.py             the facts that lines record and the plant takes; event_terms.py their closed sets
camera_plan.py        the arithmetic of choosing a camera; camera_plan_steps.py its steps
line_commands.py      what the plant may ask of a line
sorting.py            policy: what was seen → rule and shots; pure, used by line and replay
learning.py           a folder of good pictures → a recipe through the parity gate, registered
supervisor.py         `maqta run`: plant and lines as processes; demo/ what it starts without a file
line/                 the line process: sees, decides, acts, records
plant/                the plant process without its face: takes, grades, counts
web/                  API and panel
logs.py, home.py, stopping.py   how every process logs, where it keeps things, how it is asked to stop
"""
