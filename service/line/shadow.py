"""The shadow's thread: a second recipe sees some of the frames, and what it says is compared and booked.

It drives nothing and nobody waits for it. There is one place for a frame: while it is taken, or the line
itself is behind, frames are skipped, which is counted. A shadow that can't be loaded, raises, or fails on
frame after frame is switched off with an alarm.
"""

import logging
import os
import sys
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from service.event_terms import PictureWhy
from service.line.crops import PictureJob, plan_crops
from service.line.errors import LineError
from service.line.findings import picture_job
from service.line.inbox import Message, Recovered, Trouble
from service.line.judging import Judged
from service.line.recorder import Recorder
from service.line.web_book import Owner
from service.said.codes import Said
from service.said.heard import heard
from service.said.sayings import Saying, say
from service.shadow_events import ShadowCompared, VerdictPair
from vision.card import ModelCard
from vision.inspector import Inspector
from vision.types import Inspection, Verdict, VisionError

log = logging.getLogger(__name__)

ALARM = "shadow"
BOOK_EVERY_S = 60.0
TURN_S = 1.0  # between looks at the clock while no frame comes
# Added to the line's own. No more: this thread, too, holds the interpreter's lock now and then, and a holder
# that never gets its turn would stop the line.
NICENESS = 5
FAILED_IN_A_ROW = 10  # of frames that the active recipe could inspect: no shadow is expected to recover
PICTURES_A_BOOKING = 6  # of frames that only the shadow finds something in

FindShadow = Callable[[str], Inspector | None]  # an article -> its shadow, warm; None: it has none


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Seen:
    judged: Judged
    owner: Owner


@dataclass(slots=True)
class _Tally:
    verdicts: Counter[tuple[Verdict, Verdict]] = field(default_factory=Counter)
    skipped: int = 0


class Shadow:
    """What the line's thread offers frames to."""

    def __init__(
        self,
        find: FindShadow,
        *,
        recorder: Recorder,
        mm_per_px: float,
        now_ns: Callable[[], int],
        tell: Callable[[Message], None],
    ) -> None:
        self._find = find
        self._recorder = recorder
        self._mm_per_px = mm_per_px
        self._now_ns = now_ns
        self._tell = tell
        self._changed = threading.Condition()
        self._wanted: str | None = None  # the article whose shadow is to be loaded
        self._inspector: Inspector | None = None
        self._seen: _Seen | None = None  # the one place
        self._tallies: dict[str, _Tally] = {}  # by active bundle
        self._booked_ns = now_ns()
        self._failed = 0
        self._pictures = 0
        self._finished = False
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="shadow", daemon=True)

    @property
    def thread_id(self) -> int | None:
        """The system's id of the thread; None before its start."""
        return self._thread.native_id

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def follow(self, article: str) -> None:
        """This runs now, or its recipes changed: look for its shadow, in the shadow's own time."""
        with self._changed:
            self._put_aside()
            self._wanted = article
            self._changed.notify_all()

    def offer(self, judged: Judged, owner: Owner, *, spare: bool) -> None:
        """Take a judged frame if there is place and `spare` time, or count it as skipped. Never waits."""
        with self._changed:
            if self._inspector is None or judged.view.damaged:
                return
            if self._seen is None and spare:
                self._seen = _Seen(judged=judged, owner=owner)
                self._changed.notify_all()
            else:
                self._tally(judged).skipped += 1

    def finish(self) -> None:
        """Book what is left; nothing is recorded after this: the line's last word is its own."""
        with self._changed:
            self._put_aside()
            self._wanted = None
            self._finished = True

    def stop(self, timeout_s: float) -> None:
        """End the thread; it is waited for no longer than this."""
        self.finish()
        self._stopping.set()
        with self._changed:
            self._changed.notify_all()
        self._thread.join(timeout_s)

    def _run(self) -> None:
        _step_back()
        while not self._stopping.is_set():
            try:
                self._turn()
            except (VisionError, LineError) as error:
                self._switch_off(heard(str(error)))
            except Exception as error:  # noqa: BLE001  the thread's top: the line goes on without a shadow
                log.exception("the shadow raised")
                self._switch_off(say(Said.SHADOW_RAISED, error=f"{type(error).__name__}: {error}"))

    def _turn(self) -> None:
        with self._changed:
            self._changed.wait_for(lambda: self._wanted or self._seen or self._stopping.is_set(), TURN_S)
            wanted, self._wanted = self._wanted, None
            seen, inspector = self._seen, self._inspector
            if self._now_ns() - self._booked_ns >= BOOK_EVERY_S * 1e9:
                self._book()
        if wanted:
            self._load(wanted)
        elif seen and inspector:
            self._compare(seen, inspector)

    def _load(self, article: str) -> None:
        inspector = self._find(article)
        with self._changed:
            if self._wanted or self._finished:  # another one is wanted meanwhile, or none
                return
            self._inspector, self._failed = inspector, 0
            self._booked_ns = self._now_ns()
        self._tell(Recovered(code=ALARM))
        if inspector is not None:
            log.info("bundle %s looks on at %s as shadow", inspector.card.bundle_id, article)

    def _compare(self, seen: _Seen, inspector: Inspector) -> None:
        started_ns = self._now_ns()
        inspection = inspector.inspect(seen.judged.frame)
        self._stopping.wait((self._now_ns() - started_ns) / 1e9)  # rests as long: half a core at most
        picture = self._picture(seen, inspection)
        with self._changed:
            if self._seen is not seen:  # counted as skipped meanwhile
                return
            self._seen = None
            active = seen.judged.inspection.verdict
            self._tally(seen.judged).verdicts[active, inspection.verdict] += 1
            failed = inspection.verdict is Verdict.FAILED and active is not Verdict.FAILED
            self._failed = self._failed + 1 if failed else 0
            if picture is not None and self._pictures < PICTURES_A_BOOKING:
                self._pictures += 1
                self._recorder.keep(picture)
        if self._failed >= FAILED_IN_A_ROW:
            reason = heard(inspection.reason)
            self._switch_off(say(Said.SHADOW_FAILED, frames=self._failed, because=reason))

    def _picture(self, seen: _Seen, inspection: Inspection) -> PictureJob | None:
        """Show the strongest thing that only the shadow sees; what the active recipe sees is kept anyhow."""
        if seen.judged.inspection.verdict is not Verdict.CLEAN or not inspection.defects:
            return None
        rows, columns = seen.judged.frame.pixels.shape[:2]
        (plan, *_) = plan_crops([(each.box_px, each.score) for each in inspection.defects], rows, columns)
        job = picture_job(
            seen.judged,
            plan.box,
            why=PictureWhy.DISAGREEMENT,
            owner=seen.owner,
            mm_per_px=self._mm_per_px,
        )
        return replace(job, score=inspection.score)

    def _switch_off(self, why: Saying) -> None:
        with self._changed:
            bundle_id = self._inspector.card.bundle_id if self._inspector else ""
            self._put_aside()
        off = say(Said.SHADOW_OFF, bundle_id=bundle_id, because=why)
        self._tell(Trouble(code=ALARM, said=off if bundle_id else say(Said.SHADOW_NOT_LOADED, because=why)))

    def _put_aside(self) -> None:
        """Let go of the recipe: what it had not looked at yet was skipped."""
        if self._seen is not None:
            self._tally(self._seen.judged).skipped += 1
        self._book()
        self._seen = self._inspector = None

    def _tally(self, judged: Judged) -> _Tally:
        return self._tallies.setdefault(judged.inspection.bundle_id, _Tally())

    def _book(self) -> None:
        self._booked_ns, self._pictures = self._now_ns(), 0
        tallies, self._tallies = self._tallies, {}
        if self._inspector is not None:
            for active_id, tally in tallies.items():
                self._recorder.record(_compared(self._inspector.card, active_id, tally))


def _compared(card: ModelCard, active_id: str, tally: _Tally) -> ShadowCompared:
    return ShadowCompared(
        article=card.article,
        active_bundle_id=active_id,
        shadow_bundle_id=card.bundle_id,
        frames=tally.verdicts.total(),
        skipped=tally.skipped,
        verdicts=tuple(
            VerdictPair(active=active.value, shadow=shadow.value, frames=frames)
            for (active, shadow), frames in sorted(tally.verdicts.items())
        ),
    )


def _step_back() -> None:
    """Let the line's threads go first, where the system knows a niceness of single threads."""
    if sys.platform == "linux":
        own = threading.get_native_id()
        os.setpriority(os.PRIO_PROCESS, own, os.getpriority(os.PRIO_PROCESS, own) + NICENESS)
