"""Whether a delivered batch can be taken: this line's, readable by this software, its values possible."""

from collections.abc import Sequence

from service.events import SCHEMA_VERSION, Event
from service.plant.errors import PlantError
from service.plant.event_values import wrong_values
from service.settings import PlantSettings

MAX_BATCH = 10_000  # events; a larger one would hold the writer for seconds
FIRST_SEQ = 1
SEQ_LIMIT = 1 << 40  # the order number has 40 bits for it


def check_batch(line: str, events: Sequence[Event], settings: PlantSettings) -> str:
    """Return the id of the batch's one log.

    Raises:
        PlantError: unknown_line, batch_too_big, mixed_logs, unknown_schema, wrong_place, bad_event.
    """
    if line not in {access.line for access in settings.lines}:
        raise PlantError("unknown_line", f"line {line} is not in this plant's settings; add it there")
    if len(events) > MAX_BATCH:
        raise PlantError("batch_too_big", f"{len(events)} events in a batch, at most {MAX_BATCH}: split it")
    log_ids = {event.log_id for event in events}
    if len(log_ids) != 1:
        raise PlantError("mixed_logs", f"a batch holds events of logs {sorted(log_ids)}; send one log each")
    own = (settings.enterprise, settings.site, line)
    for event in events:
        tenant, wrong = event.tenant, wrong_values(event)
        readable = 1 <= event.schema_version <= SCHEMA_VERSION and FIRST_SEQ <= event.seq < SEQ_LIMIT
        if wrong or not readable or (tenant.enterprise, tenant.site, tenant.line) != own:
            raise _refused(event, own, wrong)
    return log_ids.pop()


def _refused(event: Event, own: tuple[str, str, str], wrong: Sequence[str]) -> PlantError:
    where = f"event {event.seq} of log {event.log_id}"
    if not 1 <= event.schema_version <= SCHEMA_VERSION:
        return PlantError(
            "unknown_schema",
            f"{where}: schema {event.schema_version}, the plant reads 1 to {SCHEMA_VERSION}; update it",
        )
    place = (event.tenant.enterprise, event.tenant.site, event.tenant.line)
    if place != own:
        return PlantError(
            "wrong_place",
            f"{where} is from {'/'.join(place)}, but came as {'/'.join(own)}; correct the line's settings",
        )
    if not FIRST_SEQ <= event.seq < SEQ_LIMIT:
        return PlantError("bad_event", f"{where}: seq must be from {FIRST_SEQ} to {SEQ_LIMIT - 1}")
    return PlantError("bad_event", f"{where}: {wrong[0]}")
