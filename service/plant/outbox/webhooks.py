"""To webhooks: one signed POST a message, in order, again until the receiver answers 2xx.

A receiver that is away stops its own queue only. One message that is refused again and again for a day is set
aside for a person, so that those behind it go on.
"""

import logging
import random
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import httpx

from service.plant.errors import PlantError
from service.plant.outbox.backoff import Backoff
from service.plant.outbox.signing import HEADER, sign
from service.plant.store import outbox
from service.plant.store.database import Database
from service.plant.views.outbox import OutboxMessage

log = logging.getLogger(__name__)

LOOK_S = 0.5
ANSWER_S = 10.0
AT_ONCE = 50
USUAL_BACKOFF = Backoff(first_s=1.0, longest_s=900.0)
REFUSED_AT_MOST = 100  # about a day at the longest wait
SAYS_NO = range(400, 500)  # the receiver is there and does not want this message
BUSY = frozenset({408, 425, 429})  # ... except where it only asks to come later


@dataclass(frozen=True, slots=True, kw_only=True)
class Hook:
    """One receiver."""

    name: str
    url: str
    secret: str


class HookCourier:
    """Brings the outbox to one webhook, in a thread of its own."""

    def __init__(
        self,
        hook: Hook,
        database: Database,
        now: Callable[[], datetime],
        backoff: Backoff = USUAL_BACKOFF,
        refused_at_most: int = REFUSED_AT_MOST,
    ) -> None:
        self._hook, self._database, self._now = hook, database, now
        self._backoff, self._refused_at_most = backoff, refused_at_most
        self.name = hook.name
        self._stop, self._hurry = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"webhook-{hook.name}", daemon=True)

    def start(self) -> None:
        """Begin to send."""
        self._thread.start()

    def hurry(self) -> None:
        """Don't wait any longer."""
        self._hurry.set()

    def stop(self, timeout_s: float) -> None:
        """End; what is owed stays in the outbox."""
        self._stop.set()
        self._hurry.set()
        if self._thread.ident is not None:  # it was started
            self._thread.join(timeout_s)
        if self._thread.is_alive():
            log.error("the thread of webhook %s did not end within %.0f s", self._hook.name, timeout_s)

    def _run(self) -> None:
        with httpx.Client(timeout=ANSWER_S, follow_redirects=False, trust_env=False) as http:
            while not self._stop.is_set():
                try:
                    waited = self._round(http)
                except PlantError as error:  # the database is away: so is what we owe
                    log.warning("webhook %s: %s", self._hook.name, error)
                    waited = self._backoff.longest_s
                self._hurry.wait(waited)
                if not self._stop.is_set():
                    self._hurry.clear()

    def _round(self, http: httpx.Client) -> float:
        """Send what is due; returns how long to wait before looking again."""
        with self._database.read() as tx:
            batch = outbox.due(tx, self._hook.name, AT_ONCE)
        for message in batch:
            if self._stop.is_set():
                return 0.0
            trouble, refused = self._send(http, message)
            if not trouble:
                with self._database.write() as tx:
                    outbox.delivered(tx, self._hook.name, [message.id])
                continue
            wait_s = self._keep(message, trouble, refused=refused)
            if wait_s > 0:
                return wait_s
        return LOOK_S if len(batch) < AT_ONCE else 0.0

    def _send(self, http: httpx.Client, message: OutboxMessage) -> tuple[str, bool]:
        """What went wrong, or an empty text; and whether the receiver refused this very message."""
        body = message.payload.encode()
        headers = {
            "Content-Type": "application/json",
            "Maqta-Message-Id": message.message_id,
            "Maqta-Kind": message.kind.value,
            HEADER: sign(self._hook.secret, body, self._now()),
        }
        try:
            answer = http.post(self._hook.url, content=body, headers=headers)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            return f"{type(error).__name__}: {error}", False
        if answer.is_success:
            return "", False
        refused = answer.status_code in SAYS_NO and answer.status_code not in BUSY
        return f"HTTP {answer.status_code} {answer.reason_phrase}", refused

    def _keep(self, message: OutboxMessage, trouble: str, *, refused: bool) -> float:
        """Note a failure; returns how long the queue waits: not at all where the message is set aside."""
        attempt = message.attempts + 1
        give_up = refused and attempt >= self._refused_at_most
        wait_s = self._backoff.wait_s(attempt, random.random)
        next_utc = self._now() + timedelta(seconds=wait_s)
        with self._database.write() as tx:
            outbox.failed(tx, self._hook.name, message.id, trouble, next_utc, give_up=give_up)
        if give_up:
            log.error(
                "webhook %s refused message %s %d times (%s); it is set aside",
                self._hook.name, message.message_id, attempt, trouble,
            )  # fmt: skip
            return 0.0
        if attempt in (1, 10):
            log.warning("webhook %s: %s; again in %.0f s", self._hook.name, trouble, wait_s)
        return wait_s
