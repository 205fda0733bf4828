import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from mill_peers import HookServer, wait_until

from service.mill_settings import WebhookSettings
from service.mill_terms import MessageKind
from service.plant.errors import PlantError
from service.plant.outbox.backoff import Backoff
from service.plant.outbox.signing import is_signed
from service.plant.outbox.webhooks import Hook, HookCourier
from service.plant.plant import Plant
from service.plant.views.people import AuditFilter
from service.settings import PlantSettings

QUICK = Backoff(first_s=0.02, longest_s=0.05)
SECRET = "a-secret-of-the-erp-system"  # noqa: S105


@pytest.fixture
def receiver() -> Iterator[HookServer]:
    server = HookServer()
    yield server
    server.stop()


@pytest.fixture
def hooked(
    settings: PlantSettings, clock: Callable[[], Any], tmp_path: Path, receiver: HookServer
) -> Iterator[Plant]:
    hook = WebhookSettings(
        name="erp", url=receiver.url, secret_file=tmp_path / "erp.secret", kinds=[MessageKind.ROLL]
    )
    plant = Plant.open(replace(settings, webhooks=[hook]), clock)
    yield plant
    plant.close()


@pytest.fixture
def courier(hooked: Plant, receiver: HookServer) -> Iterator[HookCourier]:
    hook = Hook(name="erp", url=receiver.url, secret=SECRET)
    started = HookCourier(hook, hooked.mill.database, hooked.mill.now, QUICK, refused_at_most=3)
    started.start()
    yield started
    started.stop(5)


def owed(plant: Plant) -> int:
    return plant.mill.destinations()[0].owed


def rolls(log: Any, *names: str) -> list[Any]:
    return [log.started(), *(log.roll_started(name) for name in names)]


def told(receiver: HookServer) -> list[str]:
    return [json.loads(request.body)["body"]["roll_id"] for request in receiver.got]


def test_a_message_is_posted_signed_and_only_what_the_receiver_asked_for(
    hooked: Plant, receiver: HookServer, courier: HookCourier, new_log: Any, clock: Any
) -> None:
    hooked.ingest("loom-1", rolls(new_log(), "r1"))  # its line_state is not for this receiver
    wait_until(lambda: owed(hooked) == 0)
    (request,) = receiver.got
    assert request.headers["content-type"] == "application/json"
    assert request.headers["maqta-kind"] == "roll"
    assert request.headers["maqta-message-id"] == json.loads(request.body)["message_id"]
    assert is_signed(SECRET, request.body, request.headers["maqta-signature"], clock())
    assert not is_signed("another", request.body, request.headers["maqta-signature"], clock())


def test_a_receiver_that_is_busy_gets_everything_in_order_later(
    hooked: Plant, receiver: HookServer, courier: HookCourier, new_log: Any
) -> None:
    receiver.answer = lambda before: 503 if before < 3 else 200
    hooked.ingest("loom-1", rolls(new_log(), "r1", "r2"))
    wait_until(lambda: owed(hooked) == 0)
    assert told(receiver) == ["r1", "r1", "r1", "r1", "r2"]


def test_a_message_that_is_refused_for_good_is_set_aside_and_those_behind_it_go_on(
    hooked: Plant, receiver: HookServer, courier: HookCourier, new_log: Any
) -> None:
    receiver.answer = lambda before: 422 if before < 3 else 200
    hooked.ingest("loom-1", rolls(new_log(), "r1", "r2"))
    wait_until(lambda: len(receiver.got) == 4)
    wait_until(lambda: owed(hooked) == 1)
    assert told(receiver) == ["r1", "r1", "r1", "r2"]
    (view,) = hooked.mill.destinations()
    assert (view.owed, view.given_up, view.last_error) == (1, 1, "HTTP 422 Unprocessable Entity")
    assert hooked.mill.retry("erp", "aigul") == 1  # a person mended the receiver
    (entry,) = hooked.audit_log.page(wanted=AuditFilter(user="aigul")).items
    assert (entry.action, entry.subject, entry.detail) == ("retry_receiver", "erp", {"waiting": "1"})
    wait_until(lambda: owed(hooked) == 0)
    assert told(receiver)[-1] == "r1"


def test_a_receiver_that_is_away_loses_nothing(
    hooked: Plant, receiver: HookServer, courier: HookCourier, new_log: Any
) -> None:
    receiver.stop()
    hooked.ingest("loom-1", rolls(new_log(), "r1"))
    wait_until(lambda: "Connect" in hooked.mill.destinations()[0].last_error)
    view = hooked.mill.destinations()[0]
    assert (view.owed, view.given_up) == (1, 0)


def test_a_redirect_is_not_followed(
    hooked: Plant, receiver: HookServer, courier: HookCourier, new_log: Any
) -> None:
    receiver.answer = lambda _: 302  # who answers for the address must not send the secret's work elsewhere
    hooked.ingest("loom-1", rolls(new_log(), "r1"))
    wait_until(lambda: hooked.mill.destinations()[0].last_error == "HTTP 302 Found")
    assert owed(hooked) == 1


def test_a_receiver_that_left_the_settings_is_owed_nothing(
    hooked: Plant, settings: PlantSettings, new_log: Any, clock: Any
) -> None:
    hooked.ingest("loom-1", rolls(new_log(), "r1"))
    hooked.close()
    again = Plant.open(settings, clock)
    assert again.mill.destinations() == ()
    assert len(again.mill.messages(0, 10)) == 2  # the messages themselves stay for who fetches
    again.close()


def test_a_receiver_that_is_not_known_is_named(hooked: Plant) -> None:
    with pytest.raises(PlantError, match="receiver nobody is not in this plant's settings") as caught:
        hooked.mill.retry("nobody", "aigul")
    assert caught.value.problem == "unknown_destination"
