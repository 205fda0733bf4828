"""Which bundle judges an article: candidate -> shadow -> active -> retired, with a history and the way back.

registry/<article slug>/<bundle id>/   model.onnx, card.json, SHA256SUMS, overrides.json
registry/<article slug>/state.json     the pointer, replaced whole; processes take turns by a lock file

A shadow sees what the active bundle sees and decides nothing. No bundle becomes active before the gate has
let it pass; one that was active before may always come back.
"""

import fcntl
import hashlib
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from vision.bundle import CARD_FILE, copy_bundle, load_bundle
from vision.gate import Gate, activation_gate
from vision.types import VisionError

STATE_FILE = "state.json"
MAX_SLUG_LENGTH = 60


class BundleState(StrEnum):
    """Where a bundle stands in its life."""

    CANDIDATE = "candidate"
    SHADOW = "shadow"
    ACTIVE = "active"
    RETIRED = "retired"


NEXT_STATES = {
    BundleState.CANDIDATE: (BundleState.SHADOW, BundleState.ACTIVE),
    BundleState.SHADOW: (BundleState.CANDIDATE, BundleState.ACTIVE),
    BundleState.ACTIVE: (BundleState.RETIRED,),
    BundleState.RETIRED: (BundleState.ACTIVE,),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryEntry:
    """One change of one bundle's state, or one that the gate refused."""

    utc: str  # ISO 8601
    bundle_id: str
    state: BundleState
    by: str
    why: str
    refused: bool = (
        False  # the gate kept it from becoming active: it stays in `state`, and `why` is the reason
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleState:
    """The recipes of one article."""

    article: str
    active: str | None = None  # bundle id
    shadow: str | None = None  # bundle id
    previous: tuple[str, ...] = ()  # earlier active ones, newest last: the way back
    history: tuple[HistoryEntry, ...] = ()

    @property
    def bundles(self) -> dict[str, BundleState]:
        """Each bundle's latest state, oldest bundle first."""
        return {entry.bundle_id: entry.state for entry in self.history}

    def gate_result(self, bundle_id: str) -> str:
        """What the gate said of a bundle when it was last asked."""
        for entry in reversed(self.history):
            if entry.bundle_id == bundle_id and entry.refused:
                return f"refused: {entry.why}"
            if entry.bundle_id == bundle_id and entry.state is BundleState.ACTIVE:
                return "passed"
        return "not asked"


_CODEC: TypeAdapter[ArticleState] = TypeAdapter(ArticleState)


def slug_of(article: str) -> str:
    """Return a folder name for an article: it can't climb out of the registry, and no two share one."""
    safe = re.sub(r"[^\w-]+", "-", article.strip()).strip("-_")[:MAX_SLUG_LENGTH]
    if safe and safe == article and safe == safe.lower():
        return safe
    return f"{safe.lower() or 'article'}-{hashlib.sha256(article.encode()).hexdigest()[:8]}"


class Registry:
    """A folder of bundles; several processes may use it at once."""

    def __init__(
        self,
        root: Path | str,
        *,
        gate: Gate = activation_gate,
        utc_now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._root = Path(root)
        self._gate = gate
        self._utc_now = utc_now

    def add(self, bundle_folder: Path | str, *, by: str = "", why: str = "learnt") -> str:
        """Copy a checked bundle in as a candidate and return its id; one that is already here stays as it is.

        Raises:
            VisionError: the bundle is damaged, or the registry can't be written.
        """
        bundle = load_bundle(bundle_folder)
        bundle_id, article = bundle.card.bundle_id, bundle.card.article
        with self._locked(article, make=True) as home:
            state = self._read(home, article)
            if bundle_id in state.bundles:
                return bundle_id
            copy_bundle(bundle.folder, home / bundle_id)
            self._write(home, self._noted(state, bundle_id, BundleState.CANDIDATE, by, why))
        return bundle_id

    def activate(self, article: str, bundle_id: str, *, by: str = "", why: str = "") -> None:
        """Make a bundle the one that judges; the one before is retired and stays the way back.

        Raises:
            VisionError: the article doesn't have this bundle, the bundle was changed since it was added, or
                the gate refuses it, which is written into the history.
        """
        with self._locked(article) as home:
            state = self._read(home, article)
            self._check_usable(state, home, bundle_id)
            if state.active == bundle_id:
                return
            self._pass_gate(state, home, bundle_id, by)
            if state.active is not None:
                previous = (*state.previous, state.active)
                state = self._moved(state, state.active, BundleState.RETIRED, by, f"replaced by {bundle_id}")
                state = replace(state, previous=previous)
            state = self._moved(state, bundle_id, BundleState.ACTIVE, by, why)
            self._write(home, replace(state, active=bundle_id))

    def start_shadow(self, article: str, bundle_id: str, *, by: str = "", why: str = "") -> None:
        """Let a candidate see what the active bundle sees; a shadow before it is a candidate again.

        Raises:
            VisionError: the article has no such candidate or nothing to compare it with, or the bundle was
                changed since it was added.
        """
        with self._locked(article) as home:
            state = self._read(home, article)
            self._check_usable(state, home, bundle_id)
            if state.shadow == bundle_id:
                return
            if state.active is None:
                raise VisionError(
                    f"article {article!r} has no active bundle that a shadow could be compared with; "
                    f"activate one first: maqta model activate {article!r} {bundle_id}"
                )
            if state.shadow is not None:
                state = self._moved(
                    state, state.shadow, BundleState.CANDIDATE, by, f"{bundle_id} is shadow now"
                )
            self._write(home, self._moved(state, bundle_id, BundleState.SHADOW, by, why))

    def end_shadow(self, article: str, *, by: str = "", why: str = "") -> str:
        """Make the shadow a candidate again, and return its id.

        Raises:
            VisionError: there is none.
        """
        with self._locked(article) as home:
            state = self._read(home, article)
            if state.shadow is None:
                raise VisionError(
                    f"article {article!r} has no shadow; begin one: maqta model shadow {article!r} BUNDLE_ID"
                )
            self._write(home, self._moved(state, state.shadow, BundleState.CANDIDATE, by, why))
            return state.shadow

    def roll_back(self, article: str, *, by: str = "", why: str = "rolled back") -> str:
        """Go back to the bundle that was active before, and return its id.

        Raises:
            VisionError: there is none, or it was changed since.
        """
        with self._locked(article) as home:
            state = self._read(home, article)
            if state.active is None or not state.previous:
                raise VisionError(
                    f"article {article!r}: no earlier bundle to go back to; activate one instead"
                )
            *earlier, target = state.previous
            self._check_usable(state, home, target)
            state = self._moved(state, state.active, BundleState.RETIRED, by, why)
            state = self._moved(state, target, BundleState.ACTIVE, by, why)
            self._write(home, replace(state, active=target, previous=tuple(earlier)))
        return target

    def active(self, article: str) -> Path:
        """Return the folder of the bundle that judges an article.

        Raises:
            VisionError: the article is unknown or has no active bundle.
        """
        home = self._home(article)
        state = self._read(home, article)
        if state.active is None:
            known = ", ".join(state.bundles) or "none; learn it with 'maqta learn'"
            raise VisionError(
                f"article {article!r} has no active bundle in {self._root}; candidates: {known}"
            )
        return home / state.active

    def shadow(self, article: str) -> Path | None:
        """Return the folder of an article's shadow; None: it has none."""
        home = self._home(article)
        bundle_id = self._read(home, article).shadow
        return home / bundle_id if bundle_id else None

    def find(self, bundle_id: str, article: str | None = None) -> Path:
        """Return the folder of a bundle by its id; two articles learnt from the same pictures may share one.

        Raises:
            VisionError: it isn't here.
        """
        for state in self.list():
            if bundle_id in state.bundles and article in (None, state.article):
                return self._home(state.article) / bundle_id
        raise VisionError(f"bundle {bundle_id} isn't in {self._root}; fetch it or learn the article")

    def list(self) -> tuple[ArticleState, ...]:
        """Return every article with its bundles, by folder name."""
        if self._root.is_file():
            raise VisionError(f"registry {self._root}: is a file; give the folder of the recipes")
        homes = sorted(path.parent for path in self._root.glob(f"*/{STATE_FILE}"))
        return tuple(_read_state(home / STATE_FILE) for home in homes)

    def resolve(self, recipe: str | Path) -> Path:
        """Find what a person calls a recipe: a bundle's folder, an article's name, or a bundle's id.

        An article that was learnt and never activated gives its newest candidate.
        """
        if (Path(recipe) / CARD_FILE).is_file():
            return Path(recipe)
        own = self._read(self._home(str(recipe)), str(recipe))
        if own.bundles:
            return self._home(own.article) / (own.active or next(reversed(own.bundles)))
        for state in self.list():
            if str(recipe) in state.bundles:
                return self._home(state.article) / str(recipe)
        known = ", ".join(state.article for state in self.list()) or "none yet"
        raise VisionError(
            f"recipe {str(recipe)!r}: no bundle folder, no article and no bundle id of {self._root}; "
            f"articles there: {known}; learn it with 'maqta learn'"
        )

    def _home(self, article: str) -> Path:
        return self._root / slug_of(article)

    @contextmanager
    def _locked(self, article: str, *, make: bool = False) -> Iterator[Path]:
        home = self._home(article)
        if not make and not home.is_dir():
            raise VisionError(f"article {article!r} isn't in {self._root}; learn it with 'maqta learn'")
        try:
            home.mkdir(parents=True, exist_ok=True)
            with (home / ".lock").open("w") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)
                yield home
        except OSError as error:
            raise VisionError(
                f"registry {home}: can't be written ({error.strerror or error}); check rights and free space"
            ) from error

    def _check_usable(self, state: ArticleState, home: Path, bundle_id: str) -> None:
        if bundle_id not in state.bundles:
            known = ", ".join(state.bundles) or "none"
            raise VisionError(f"article {state.article!r} has no bundle {bundle_id!r}; it has: {known}")
        load_bundle(home / bundle_id)  # a bundle changed on disk is refused here, not on the line

    def _pass_gate(self, state: ArticleState, home: Path, bundle_id: str, by: str) -> None:
        now = state.bundles[bundle_id]
        if now is BundleState.RETIRED:
            return  # it was active before: the way back is open whatever the gate asks for today
        reason = self._gate(home / bundle_id)
        if reason:
            self._write(home, self._noted(state, bundle_id, now, by, reason, refused=True))
            left = f"{state.active} stays active" if state.active else "the article has no active bundle yet"
            raise VisionError(f"bundle {bundle_id} of {state.article!r} stays {now}: {reason}; {left}")

    def _moved(self, state: ArticleState, bundle_id: str, to: BundleState, by: str, why: str) -> ArticleState:
        now = state.bundles[bundle_id]
        if to not in NEXT_STATES[now]:
            raise VisionError(
                f"bundle {bundle_id} of {state.article!r} is {now}: it can become "
                f"{' or '.join(NEXT_STATES[now])}, not {to}; choose another one of 'maqta model list'"
            )
        shadow = None if state.shadow == bundle_id else state.shadow
        shadow = bundle_id if to is BundleState.SHADOW else shadow
        return replace(self._noted(state, bundle_id, to, by, why), shadow=shadow)

    def _noted(
        self,
        state: ArticleState,
        bundle_id: str,
        to: BundleState,
        by: str,
        why: str,
        *,
        refused: bool = False,
    ) -> ArticleState:
        utc = self._utc_now().isoformat()
        entry = HistoryEntry(utc=utc, bundle_id=bundle_id, state=to, by=by, why=why, refused=refused)
        return replace(state, history=(*state.history, entry))

    def _read(self, home: Path, article: str) -> ArticleState:
        path = home / STATE_FILE
        return _read_state(path) if path.exists() else ArticleState(article=article)

    def _write(self, home: Path, state: ArticleState) -> None:
        part = home / f"{STATE_FILE}.part"
        part.write_bytes(_CODEC.dump_json(state, indent=1))
        part.replace(home / STATE_FILE)


def _read_state(path: Path) -> ArticleState:
    try:
        return _CODEC.validate_json(path.read_bytes())
    except (OSError, ValidationError) as error:
        found = error.errors()[0]["msg"] if isinstance(error, ValidationError) else error.strerror
        raise VisionError(
            f"{path}: the registry's pointer is damaged ({found}); restore it from a backup, or delete it "
            "and add the bundles beside it again"
        ) from error
