"""The line process: sees, decides, acts, records; goes on whatever becomes of network, plant and panel.

A frame's way, and who owns the thread:

    main.py, line.py     the process and the line: start, watch, stop
    assembly.py          builds the parts; hardware.py the sorter and its cables, geometry.py the numbers
    cameras.py           the camera that the settings name; position.py tells a free-running one its place
    grabber.py           thread "grabber": camera -> bounded queue; reconnects
    loop.py              thread "line": frames and messages in, decisions and shots out; owns all of
      parts.py             what it works with; ahead.py frames inspected before their turn, if asked for
      inbox.py             what other threads tell it
      numbering.py         which trigger is a frame's, where the camera counts for itself
      exposures.py, booking.py   triggers joined to frames; what became of those that never came
      odometer.py, web_book.py   where the web is; every count inspected or not, with a reason
      eyesight.py, calibrating.py   the picture's health; which calibration holds and when it runs out
      judging.py           inspector, running defects, seams
      shooter.py, sorter.py      shots and their answers; the link kept armed
      production.py, rolls.py    what is being made: article, recipe, roll; commands about it
      states.py, situation.py    states, holds, alarms
      duty.py, valve_test.py     how long valves were open; a pulse on one while the line is held
      findings.py, crops.py      what a frame leaves behind: events, defects, pictures
    shadow.py            thread "shadow": a second recipe compared with the first; decides nothing
    film.py              thread "film": every frame on a ring of files; the last seconds kept on command
    recorder.py          thread "recorder": pictures.py (the ring), then event_log.py (SQLite)
    uplink.py            thread "uplink": plant_client.py (HTTP), command_desk.py, recipes.py
    self_report.py       what the line tells while somebody looks; viewfinder.py its newest frame, made small
    strips.py            keeps a shown frame whole that a person judged
    health.py, timing.py, latencies.py   the line in numbers: how it is, how long each stage takes
    priority.py          which thread goes first; cores, collector
    focus.py             a line's camera alone, to focus it
    replay.py            decides a recorded log again
    camera_stand.py, camera_bench.py     a camera by itself: `maqta camera`
    clock.py, errors.py, process_lock.py
"""
