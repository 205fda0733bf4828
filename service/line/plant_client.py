"""The plant's API as the line calls it; every failure is an UplinkError that says what to do."""

import gzip
import io
import shutil
import tempfile
import zipfile
from collections.abc import Sequence
from pathlib import Path

import httpx
from pydantic import ValidationError

from service.events import EVENTS_CODEC, Event
from service.line.crops import media_type_of
from service.line.errors import TokenRefusedError, UplinkError
from service.line_commands import COMMANDS_CODEC, LineCommand
from service.line_now import LINE_NOW_CODEC, WATCHED_HEADER, LineNow

TIMEOUT_S = 5.0
LARGEST_BUNDLE_BYTES = 500_000_000


class OtherLogError(UplinkError):
    """Another event log delivers under this line's id."""


class RefusedError(UplinkError):
    """The plant answers, and won't have what it was sent."""


class PlantClient:
    """Used by the uplink's thread alone."""

    def __init__(
        self, url: str, *, token_file: Path, line: str, transport: httpx.BaseTransport | None = None
    ) -> None:
        self._line = line
        self._token_file = token_file
        self._http = httpx.Client(
            base_url=f"{url.rstrip('/')}/api/v1",
            timeout=TIMEOUT_S,
            transport=transport,
            trust_env=False,  # a proxy in the environment must not come between line and plant
        )
        self.watched = False  # whether somebody looked at this line when the plant was asked last

    def send_events(self, events: Sequence[Event]) -> int:
        """Deliver a batch; returns the last event up to which the plant holds all of this log.

        That may be less than was sent, or than it once held: its store may have been restored from a backup.

        Raises:
            OtherLogError: another log delivers under this line's id.
            UplinkError: the plant is away or refuses.
        """
        body = gzip.compress(EVENTS_CODEC.dump_json(list(events)), compresslevel=5)
        headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
        answer = self._ask("POST", "/ingest/events", content=body, headers=headers)
        if answer.status_code == httpx.codes.CONFLICT:
            raise OtherLogError(
                f"the plant knows another event log under line {self._line} ({_reason(answer)}); "
                "give this line another id, or tell the plant that its log was replaced"
            )
        _check(answer, "events")
        return min(_last_seq(answer), events[-1].seq)

    def send_picture(self, sha256: str, data: bytes) -> None:
        """Deliver a picture under its hash."""
        headers = {"Content-Type": media_type_of(data)}
        answer = self._ask("PUT", f"/pictures/{sha256}", content=data, headers=headers)
        _check(answer, f"picture {sha256}")

    def commands(self) -> list[LineCommand]:
        """Ask what the plant wants."""
        answer = self._ask("GET", f"/lines/{self._line}/commands")
        _check(answer, "the question for commands")
        self.watched = answer.headers.get(WATCHED_HEADER) == "1"
        try:
            return COMMANDS_CODEC.validate_json(answer.content)
        except ValidationError as error:
            raise UplinkError(
                f"the plant's commands can't be read ({error}); update line and plant"
            ) from error

    def send_now(self, now: LineNow) -> None:
        """Tell those who look how the line is."""
        body = LINE_NOW_CODEC.dump_json(now)
        headers = {"Content-Type": "application/json"}
        _check(
            self._ask("POST", f"/lines/{self._line}/now", content=body, headers=headers), "the line's view"
        )

    def fetch_bundle(self, bundle_id: str, folder: Path) -> Path:
        """Download a bundle into `folder`; its hashes are checked when it is added to the registry."""
        answer = self._ask("GET", f"/bundles/{bundle_id}")
        _check(answer, f"bundle {bundle_id}")
        try:
            with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
                _unpack(archive, folder)
        except (zipfile.BadZipFile, OSError) as error:
            raise UplinkError(f"bundle {bundle_id} can't be unpacked ({error}); ask again") from error
        return folder

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def _ask(
        self, method: str, path: str, *, content: bytes = b"", headers: dict[str, str] | None = None
    ) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self._token()}", **(headers or {})}
        try:
            answer = self._http.request(method, path, content=content, headers=headers)
        except httpx.HTTPError as error:
            raise UplinkError(f"plant {self._http.base_url.host} does not answer ({error})") from error
        if answer.status_code in (httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN):
            raise TokenRefusedError(
                f"the plant refuses the token of line {self._line} ({answer.status_code}); "
                "give both the same token file"
            )
        return answer

    def _token(self) -> str:
        """Read anew for each request, so that a token may be exchanged while the line runs."""
        try:
            token = self._token_file.read_text(encoding="utf-8").strip()
        except OSError as error:
            raise TokenRefusedError(
                f"token file {self._token_file} can't be read ({error.strerror}); copy it from the plant"
            ) from error
        if not token.isascii() or not token:
            raise TokenRefusedError(f"token file {self._token_file} holds no token; copy it from the plant")
        return token


def new_folder() -> Path:
    """Make a folder for a download."""
    return Path(tempfile.mkdtemp(prefix="maqta-bundle-"))


def remove_folder(folder: Path) -> None:
    """Remove it."""
    shutil.rmtree(folder, ignore_errors=True)


def _unpack(archive: zipfile.ZipFile, folder: Path) -> None:
    """Write the archive's files flat: a bundle has no folders, and a name can't climb out."""
    if sum(entry.file_size for entry in archive.infolist()) > LARGEST_BUNDLE_BYTES:
        raise UplinkError(f"the bundle unpacks to more than {LARGEST_BUNDLE_BYTES / 1e6:.0f} MB; refused")
    for entry in archive.infolist():
        name = Path(entry.filename).name
        if name and not entry.is_dir():
            (folder / name).write_bytes(archive.read(entry))


def _last_seq(answer: httpx.Response) -> int:
    try:
        return max(0, int(answer.json()["last_seq"]))
    except (ValueError, KeyError, TypeError) as error:
        raise UplinkError(
            f"the plant's answer does not say what it holds ({_reason(answer)}); update line and plant"
        ) from error


def _check(answer: httpx.Response, what: str) -> None:
    if answer.is_client_error:
        raise RefusedError(f"the plant refuses {what}: {answer.status_code} {_reason(answer)}")
    if not answer.is_success:
        raise UplinkError(f"the plant can't take {what} now: {answer.status_code} {_reason(answer)}")


def _reason(answer: httpx.Response) -> str:
    return answer.text[:200].replace("\n", " ")
