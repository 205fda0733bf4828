"""Ranks are tried in a process of their own: they are the whole process's."""

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from service.line.errors import LineError
from service.line.priority import Priorities
from service.settings import RealtimeSettings

ROOT = Path(__file__).parents[3]
ASK = """
import json, os, sys, threading
from service.line.priority import Priorities, Rank
from service.settings import RealtimeSettings
core = min(os.sched_getaffinity(0))
priorities = Priorities(RealtimeSettings(policy={policy!r}, cores=(core,)), threads=1)
{before}
priorities.begin()
told = threading.Event()
def rank(thread_id):
    return [os.sched_getscheduler(thread_id), os.sched_getparam(thread_id).sched_priority]
threads = [threading.Thread(target=told.wait, daemon=True) for _ in range(4)]
for thread in threads: thread.start()
with priorities.at(Rank.LINK):
    child = threading.Thread(target=told.wait, daemon=True)
    child.start()
link, line, pool, shadow = (thread.native_id for thread in threads)
inherited = rank(link)
priorities.lift(Rank.LINK, link)
priorities.lift(Rank.LINK, None)
priorities.lift(Rank.LINK, 4194303)
priorities.lift(Rank.SHADOW, shadow)
priorities.lift_line([line, pool, 4194303])
print(json.dumps(dict(policy=priorities.policy, inherited=inherited, link=rank(link), line=rank(line),
    pool=rank(pool), shadow=rank(shadow), child=rank(child.native_id), own=rank(threading.get_native_id()),
    pinned=[os.sched_getaffinity(thread) == {{core}} for thread in (line, pool)],
    switch=sys.getswitchinterval())))
told.set()
"""
NO_PRIVILEGE = "import resource; resource.setrlimit(resource.RLIMIT_RTPRIO, (0, 0)); os.setuid(65534)"


def ask(policy: str, before: str = "") -> tuple[dict[str, Any], str]:
    code = ASK.format(policy=policy, before=before)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer, done.stderr


def is_permitted() -> bool:
    code = "import os; os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(40))"
    return subprocess.run([sys.executable, "-c", code], capture_output=True, check=False).returncode == 0


@pytest.mark.skipif(not is_permitted(), reason="this user may not use SCHED_FIFO 40 (ulimit -r)")
def test_every_thread_is_real_time_the_link_goes_first_and_a_shadow_last() -> None:
    answer, _ = ask("fifo")
    assert answer["policy"] == "SCHED_FIFO"
    assert answer["inherited"] == [os.SCHED_FIFO, 10]
    assert answer["link"] == [os.SCHED_FIFO, 40]
    assert answer["line"] == answer["pool"] == [os.SCHED_FIFO, 5]
    assert answer["shadow"] == [os.SCHED_FIFO, 1]
    assert answer["pinned"] == [True, True]
    assert answer["child"] == [os.SCHED_FIFO, 40]  # started while its parent had the link's rank
    assert answer["own"] == [os.SCHED_FIFO, 10]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give its privilege up for this test")
def test_without_the_right_it_goes_on_and_says_what_is_missing() -> None:
    answer, said = ask("fifo", before=NO_PRIVILEGE)
    assert answer["policy"] == "normal scheduling (SCHED_FIFO is not permitted)"
    assert answer["link"] == answer["line"] == [os.SCHED_OTHER, 0]
    assert answer["pinned"] == [True, True]
    assert "LimitRTPRIO=40" in said


def test_normal_scheduling_leaves_priorities_alone_and_sets_the_switch_interval() -> None:
    answer, _ = ask("normal")
    assert answer["policy"] == "normal scheduling"
    assert answer["link"] == answer["inherited"] == [os.SCHED_OTHER, 0]
    assert answer["switch"] == pytest.approx(0.0005)


def test_a_core_that_isnt_there_is_refused_by_name() -> None:
    settings = RealtimeSettings(cores=(1023,))
    with pytest.raises(LineError, match=r"\[realtime\], key 'cores': core 1023 is not this process's to use"):
        Priorities(settings, threads=1)


def test_fewer_cores_than_threads_are_refused() -> None:
    core = min(os.sched_getaffinity(0))
    with pytest.raises(LineError, match="1 cores for 2 threads of inference; name 2"):
        Priorities(replace(RealtimeSettings(), cores=(core,)), threads=2)
