import gzip
import io
import json
import time
import zipfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from told_line import line_now

from service.event_terms import PictureWhy
from service.events import EVENTS_CODEC
from service.line.errors import TokenRefusedError, UplinkError
from service.line.event_log import Draft, EventLog
from service.line.inbox import Message, Recovered, Trouble
from service.line.pictures import PictureRing
from service.line.plant_client import OtherLogError, PlantClient, RefusedError
from service.line.uplink import Uplink
from service.line_commands import LineCommand
from service.line_now import LINE_NOW_CODEC

MakeDraft = Callable[[str], Draft]


NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)  # of every draft


class FakePlant:
    """The plant's API in memory; `answer` overrides the status of every request."""

    def __init__(self) -> None:
        self.seqs: list[int] = []
        self.batches: list[int] = []
        self.pictures: dict[str, bytes] = {}
        self.requests: list[httpx.Request] = []
        self.status: dict[str, int] = {}
        self.commands = "[]"
        self.down = False
        self.forgets = False  # it answers, and keeps nothing
        self.watched = False
        self.refuse_now = False

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if self.down:
            raise httpx.ConnectError("refused", request=request)
        self.requests.append(request)
        kind = request.url.path.split("/")[3]
        if request.url.path.endswith("/now"):
            return httpx.Response(422 if self.refuse_now else 204)
        if kind in self.status:
            return httpx.Response(self.status[kind], text="as the test says")
        if kind == "ingest":
            return self._ingest(request)
        if kind == "pictures":
            self.pictures[request.url.path.rsplit("/", 1)[1]] = request.content
            return httpx.Response(204)
        watched = {"x-maqta-watched": "1"} if self.watched else {}
        return httpx.Response(200, text=self.commands, headers=watched)

    def _ingest(self, request: httpx.Request) -> httpx.Response:
        events = EVENTS_CODEC.validate_json(gzip.decompress(request.content))
        self.batches.append(len(events))
        new = [event.seq for event in events if event.seq not in self.seqs]
        self.seqs += new
        held = [] if self.forgets else self.seqs
        whole = next(
            seq for seq in range(len(held) + 1) if seq + 1 not in set(held)
        )  # without a gap before it
        answer = {"accepted": len(new), "duplicates": len(events) - len(new), "last_seq": whole}
        return httpx.Response(200, text=json.dumps(answer))


class FakeDesk:
    def __init__(self) -> None:
        self.taken: list[LineCommand] = []

    def answer_left_over(self) -> None:
        self.taken.clear()

    def take(self, commands: list[LineCommand]) -> None:
        self.taken += commands


class Station:
    """An uplink between a real log and a fake plant, turned by hand or by its thread."""

    def __init__(self, event_log: EventLog, folder: Path) -> None:
        self.plant = FakePlant()
        self.log = event_log
        self.ring = PictureRing(folder / "pictures", budget_bytes=10**6, free_floor_bytes=0)
        self.told: list[Message] = []
        self.desk = FakeDesk()
        token = folder / "token"
        token.write_text("secret-1\n")
        self.token = token
        self.client = PlantClient(
            "http://plant:8420", token_file=token, line="loom-1", transport=httpx.MockTransport(self.plant)
        )
        self.uplink = Uplink(
            self.client,
            event_log,
            self.ring,
            self.desk,  # type: ignore[arg-type]  # a fake of the desk's two methods
            now_ns=time.monotonic_ns,
            tell=self.told.append,
            keep=timedelta(days=10),
            today=lambda: NOON + timedelta(days=30),
        )


@pytest.fixture
def station(event_log: EventLog, tmp_path: Path) -> Iterator[Station]:
    made = Station(event_log, tmp_path)
    yield made
    made.client.close()


def fill(log: EventLog, draft: MakeDraft, count: int) -> None:
    log.append([draft(str(number)) for number in range(count)])


def test_events_go_up_in_order_in_batches_and_once(station: Station, draft: MakeDraft) -> None:
    fill(station.log, draft, 1203)
    while station.uplink._turn() == 0.0:
        pass
    assert station.plant.batches == [500, 500, 203]
    assert station.plant.seqs == list(range(1, 1204))
    assert station.log.forwarded() == 1203
    first = station.plant.requests[0]
    assert first.url == "http://plant:8420/api/v1/ingest/events"
    assert first.headers["Authorization"] == "Bearer secret-1"
    assert first.headers["Content-Encoding"] == "gzip"


def test_a_plant_that_is_down_gets_everything_when_it_is_back(station: Station, draft: MakeDraft) -> None:
    fill(station.log, draft, 3)
    station.plant.down = True
    with pytest.raises(UplinkError, match="does not answer"):
        station.uplink._turn()
    assert station.log.forwarded() == 0
    fill(station.log, draft, 2)
    station.plant.down = False
    station.uplink._turn()
    assert station.plant.seqs == [1, 2, 3, 4, 5]


def test_a_batch_whose_answer_was_lost_is_sent_again(station: Station, draft: MakeDraft) -> None:
    fill(station.log, draft, 4)
    station.client.send_events(station.log.read_after(0, 4))  # delivered, but the mark was not set
    station.uplink._turn()
    assert station.plant.seqs == [1, 2, 3, 4]
    assert station.log.forwarded() == 4


def test_a_plant_restored_from_a_backup_gets_what_it_lost_again(station: Station, draft: MakeDraft) -> None:
    sha, _ = station.ring.keep(b"a jpeg", PictureWhy.DEFECT)
    fill(station.log, draft, 1203)
    while station.uplink._turn() == 0.0:
        pass
    station.plant.seqs = list(range(1, 101))  # a backup of long ago
    station.plant.pictures.clear()
    fill(station.log, draft, 2)
    while station.uplink._turn() == 0.0:
        pass
    assert sorted(station.plant.seqs) == list(range(1, 1206))
    assert station.plant.pictures == {sha: b"a jpeg"}
    assert station.log.forwarded() == 1205


def test_events_that_the_plant_has_are_removed_when_they_are_old(station: Station, draft: MakeDraft) -> None:
    fill(station.log, draft, 6_000)
    while station.uplink._turn() == 0.0:
        pass
    fill(station.log, draft, 300)
    assert station.log.prune(NOON) == 0  # nothing is older
    assert station.log.prune(NOON + timedelta(days=1)) == 1_300  # 6 300 of one kind less the newest 5 000
    assert [event.seq for event in station.log.read_after(6_000, 400)] == list(range(6_001, 6_301))
    assert station.log.prune(NOON + timedelta(days=1)) == 0
    while station.uplink._turn() == 0.0:
        pass
    assert station.plant.seqs == list(range(1, 6_301))


def test_a_plant_that_lost_what_is_removed_gets_the_rest_once(station: Station, draft: MakeDraft) -> None:
    fill(station.log, draft, 6_000)
    while station.uplink._turn() == 0.0:
        pass
    station.log.prune(NOON + timedelta(days=1))
    assert station.log.pruned_to() == 1_000
    station.plant.seqs = list(range(1, 101))  # a backup from before what was removed
    fill(station.log, draft, 700)
    while station.uplink._turn() == 0.0:
        pass
    assert station.plant.seqs == [*range(1, 101), *range(1_001, 6_701)]
    assert station.log.forwarded() == 6_700
    fill(station.log, draft, 10)
    sent = len(station.plant.batches)
    while station.uplink._turn() == 0.0:
        pass
    assert station.plant.batches[sent:] == [10]  # nothing is sent again


def test_a_plant_that_keeps_nothing_is_not_flooded(station: Station, draft: MakeDraft) -> None:
    station.plant.forgets = True
    fill(station.log, draft, 600)
    with pytest.raises(UplinkError, match="holds none after 0"):
        station.uplink._turn()
    assert station.plant.batches == [500]
    assert station.log.forwarded() == 0


def test_an_answer_that_does_not_say_what_is_held_is_an_error(station: Station, draft: MakeDraft) -> None:
    fill(station.log, draft, 1)
    station.plant.status["ingest"] = 200
    with pytest.raises(UplinkError, match="does not say what it holds"):
        station.uplink._turn()
    assert station.log.forwarded() == 0


def test_pictures_go_up_under_their_hash_and_are_not_sent_twice(station: Station) -> None:
    sha, _ = station.ring.keep(b"a jpeg", PictureWhy.DEFECT)
    station.uplink._turn()
    station.uplink._turn()
    assert station.plant.pictures == {sha: b"a jpeg"}
    puts = [request for request in station.plant.requests if request.method == "PUT"]
    assert [(put.url.path, put.headers["Content-Type"]) for put in puts] == [
        (f"/api/v1/pictures/{sha}", "image/jpeg")
    ]


def test_a_picture_that_the_plant_refuses_stops_neither_events_nor_others(
    station: Station, draft: MakeDraft
) -> None:
    station.ring.keep(b"a jpeg", PictureWhy.DEFECT)
    station.plant.status["pictures"] = 422
    station.uplink._turn()
    fill(station.log, draft, 1)
    station.uplink._turn()
    assert station.log.forwarded() == 1
    assert len([request for request in station.plant.requests if request.method == "PUT"]) == 1


def test_a_refused_token_is_an_alarm_that_clears_when_it_is_right(station: Station, draft: MakeDraft) -> None:
    fill(station.log, draft, 1)
    station.plant.status = {"ingest": 401}
    with pytest.raises(TokenRefusedError, match="refuses the token of line loom-1") as caught:
        station.uplink._turn()
    assert station.uplink._failed(caught.value) == 30.0
    assert [message.code for message in station.told if isinstance(message, Trouble)] == ["token_refused"]
    station.plant.status = {}
    station.token.write_text("secret-2")
    station.uplink._turn()
    station.uplink._well()
    assert station.told[1:] == [Recovered(code="token_refused")]
    assert station.plant.requests[-1].headers["Authorization"] == "Bearer secret-2"


def test_a_missing_token_file_is_named(station: Station) -> None:
    station.token.unlink()
    with pytest.raises(TokenRefusedError, match="token.* can't be read"):
        station.client.commands()


def test_another_log_under_this_lines_id_is_an_alarm(station: Station, draft: MakeDraft) -> None:
    fill(station.log, draft, 1)
    station.plant.status = {"ingest": 409}
    with pytest.raises(OtherLogError, match="another event log under line loom-1") as caught:
        station.uplink._turn()
    assert station.uplink._failed(caught.value) == 30.0
    assert [message.code for message in station.told if isinstance(message, Trouble)] == ["other_log"]


def test_events_that_the_plant_refuses_are_an_alarm_and_stay_here(station: Station, draft: MakeDraft) -> None:
    fill(station.log, draft, 1)
    station.plant.status = {"ingest": 422}
    with pytest.raises(RefusedError) as caught:
        station.uplink._turn()
    station.uplink._failed(caught.value)
    assert [message.code for message in station.told if isinstance(message, Trouble)] == ["plant_refuses"]
    assert station.log.forwarded() == 0


def test_the_wait_grows_while_the_plant_is_away(station: Station) -> None:
    waits = [station.uplink._failed(UplinkError("away")) for _ in range(7)]
    assert waits == [0.5, 1.0, 2.0, 5.0, 10.0, 10.0, 10.0]
    assert station.told == []  # the line itself lacks nothing


def test_commands_come_down_and_are_read(station: Station) -> None:
    station.plant.commands = json.dumps(
        [
            {
                "id": "c1",
                "line": "loom-1",
                "command": "hold",
                "issued_by": "aigerim",
                "issued_utc": "2026-11-23T12:00:00Z",
                "expires_utc": "2026-11-23T12:01:00Z",
            }
        ]
    )
    station.uplink._turn()
    assert [command.id for command in station.desk.taken] == ["c1"]
    assert station.plant.requests[-1].url.path == "/api/v1/lines/loom-1/commands"


def test_commands_that_cant_be_read_are_an_error(station: Station) -> None:
    station.plant.commands = '[{"id": 5}]'
    with pytest.raises(UplinkError, match="can't be read"):
        station.client.commands()


def test_the_thread_delivers_and_stopping_delivers_the_rest(station: Station, draft: MakeDraft) -> None:
    station.plant.down = True
    station.uplink.start()
    fill(station.log, draft, 20)
    station.plant.down = False
    station.uplink.stop(10.0)
    assert station.plant.seqs == list(range(1, 21))


def test_stopping_without_a_plant_leaves_the_rest_on_disk(station: Station, draft: MakeDraft) -> None:
    station.plant.down = True
    fill(station.log, draft, 5)
    station.uplink.start()
    station.uplink.stop(5.0)
    assert station.log.forwarded() == 0


def zipped(files: dict[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return packed.getvalue()


def test_a_bundle_is_unpacked_flat_and_can_not_climb_out(station: Station, tmp_path: Path) -> None:
    folder = tmp_path / "fetched"
    folder.mkdir()
    packed = zipped({"b1/card.json": b"{}", "../../evil.txt": b"!"})
    client = PlantClient(
        "http://plant",
        token_file=station.token,
        line="loom-1",
        transport=httpx.MockTransport(lambda request: httpx.Response(200, content=packed)),
    )
    client.fetch_bundle("b1", folder)
    client.close()
    assert sorted(path.name for path in folder.iterdir()) == ["card.json", "evil.txt"]
    assert not (tmp_path.parent / "evil.txt").exists()


def test_a_bundle_that_is_no_zip_is_refused(station: Station, tmp_path: Path) -> None:
    with pytest.raises(UplinkError, match="can't be unpacked"):
        station.client.fetch_bundle("b1", tmp_path)


def test_the_line_tells_of_itself_only_while_somebody_looks(station: Station) -> None:
    asked: list[str] = []

    def say() -> Any:
        asked.append("now")
        return line_now()

    station.uplink._say_now = say
    station.uplink._show()
    assert asked == []
    station.plant.watched = True
    station.client.commands()
    station.uplink._show()
    assert asked == ["now"]
    told = station.plant.requests[-1]
    assert (told.method, told.url.path) == ("POST", "/api/v1/lines/loom-1/now")
    assert LINE_NOW_CODEC.validate_json(told.content) == line_now()


def test_a_plant_that_will_not_have_the_view_does_not_stop_the_events(
    station: Station, draft: MakeDraft
) -> None:
    station.client.watched = True
    station.uplink._say_now = line_now
    station.plant.refuse_now = True
    station.uplink._show()
    fill(station.log, draft, 2)
    station.uplink._send_events()
    assert station.plant.seqs == [1, 2]
