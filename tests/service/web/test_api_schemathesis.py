"""schemathesis over the whole OpenAPI: whatever is sent, no 5xx, and every refusal is a problem.

Bounded: a few generated requests for each operation, fitting and not fitting its schema, the same each time.
`MAQTA_SCHEMATHESIS_EXAMPLES=200` makes it a long run.
"""

import os
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings

from service.plant.plant import Plant
from service.settings import PlantSettings
from service.web.api.routes import build_api
from service.web.app import build_context
from service.web.context import ContextMiddleware
from service.web.sessions import COOKIE

EXAMPLES = int(os.environ.get("MAQTA_SCHEMATHESIS_EXAMPLES", "3"))
SCHEMA = schemathesis.openapi.from_dict(build_api().openapi())
ENDS_THE_SESSION = ("/logout", "/password")  # under test everywhere else; here they would log the tester out


@pytest.fixture(scope="module")
def api(filled_copy: tuple[PlantSettings, Callable[[], datetime]]) -> Iterator[Any]:
    """The API over a filled plant, as admin; and the headers that let one in."""
    given, now = filled_copy
    plant = Plant.open(given, now)
    context = build_context(plant, given, now=now)
    cookie = f"{COOKIE}={context.sessions.start('admin')}"
    yield ContextMiddleware(build_api(), context), {"Cookie": cookie}, context
    plant.close()


@SCHEMA.exclude(path=ENDS_THE_SESSION).parametrize()
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
def test_nothing_that_is_sent_is_a_fault_of_the_plant(case: Any, api: Any) -> None:
    app, headers, _ = api
    answer = case.call(app=app, base_url="http://plant.test", headers=headers)
    assert answer.status_code < 500, f"{case.as_curl_command()}\n{answer.text}"
    if answer.status_code >= 400:
        assert answer.headers["content-type"] == ["application/problem+json"]
        assert answer.json()["type"].startswith("urn:maqta:problem:")
