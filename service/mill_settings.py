"""Settings of what leaves the plant for the mill's own systems: broker, webhooks, clients of the API."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, with_config

from service.mill_terms import MessageKind

strict = with_config({"extra": "forbid"})
ClientName = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,62}$")]


def _no_wildcard(level: str) -> str:
    if any(mark in level for mark in "+#\x00"):
        raise ValueError("an MQTT topic can't hold '+', '#' or NUL; leave them out")
    return level.strip("/")


def _hook_address(url: str) -> str:
    try:
        parts = urlsplit(url)
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
        good = good and parts.username is None and parts.password is None
    except ValueError:  # a port above 65535, half an IPv6 address
        good = False
    if not good:
        raise ValueError("give an address without a password in it, e.g. https://erp.mill.local/maqta")
    return url


@strict
@dataclass(frozen=True, slots=True, kw_only=True)
class DropSettings:
    """A folder into which other software writes CSV files; each is imported once."""

    folder: Path
    mapping: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,62}$")]  # shipped, or in data_dir/imports
    silent_after_min: Annotated[float, Field(ge=0, le=100_000)] = (
        0.0  # no file for so long is an alarm; 0: never
    )


@strict
@dataclass(frozen=True, slots=True, kw_only=True)
class MqttSettings:
    """The mill's broker. Without this table nothing is sent to one."""

    host: Annotated[str, Field(min_length=1, max_length=253)]
    port: Annotated[int, Field(ge=1, le=65535)] = 1883
    client_id: Annotated[str, Field(max_length=80)] = ""  # empty: from enterprise and site
    username: Annotated[str, Field(max_length=255)] = ""
    password_file: Path | None = None
    tls: bool = False
    ca_file: Path | None = None  # none: the system's authorities
    certificate_file: Path | None = None  # with key_file: the plant shows a certificate of its own
    key_file: Path | None = None
    keepalive_s: Annotated[int, Field(ge=5, le=3600)] = 30
    prefix: Annotated[str, Field(max_length=120), AfterValidator(_no_wildcard)] = ""  # before the enterprise


@strict
@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookSettings:
    """An address that gets messages as signed POST requests."""

    name: ClientName
    url: Annotated[str, Field(max_length=2000), AfterValidator(_hook_address)]
    secret_file: Path  # made where it is missing
    kinds: list[MessageKind] = field(default_factory=list)  # none: all


@strict
@dataclass(frozen=True, slots=True, kw_only=True)
class ClientAccess:
    """A machine client of the API, e.g. an ERP system: its token's file holds the secret."""

    name: ClientName
    role: Literal["viewer", "technician", "engineer", "manager"]
    token_file: Path
