"""A bundle: ONNX file, card, golden tiles and SHA-256 sums in one folder, checked every time it is loaded."""

import dataclasses
import hashlib
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

import onnx
from google.protobuf.message import DecodeError  # type: ignore[import-untyped]  # ships no stubs
from pydantic import ValidationError

from vision.card import CARD_CODEC, CARD_SCHEMA_VERSION, ModelCard
from vision.overrides import OVERRIDES_FILE, check_thresholds, in_force, read_overrides
from vision.types import VisionError

MODEL_FILE = "model.onnx"
CARD_FILE = "card.json"
GOLDEN_FILE = "golden.npz"  # its content is vision/golden_file.py's
SUMS_FILE = "SHA256SUMS"
PARITY_FILE = "parity.json"  # added when the gate was run; listed in the sums like the others
BUNDLE_FILES = (MODEL_FILE, CARD_FILE, GOLDEN_FILE, PARITY_FILE, SUMS_FILE, OVERRIDES_FILE)
BUNDLE_ID_DIGITS = 16
GRAPH_INPUTS = ("pixels", "cloth_px")
GRAPH_OUTPUTS = ("map",)
GRAPH_OUTPUTS_NAMED = ("map", "kind")  # where the card lists several kinds


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """A checked bundle; `card.thresholds` are those in force, overrides applied."""

    card: ModelCard
    model: bytes
    golden: bytes
    folder: Path
    thresholds_version: int = 0  # 0: the card's own; otherwise the override in force


def sha256_hex(data: bytes) -> str:
    """Return the SHA-256 of some bytes as 64 hex digits."""
    return hashlib.sha256(data).hexdigest()


def bundle_id_of(model: bytes) -> str:
    """Return the id that a bundle of this ONNX file must bear."""
    return sha256_hex(model)[:BUNDLE_ID_DIGITS]


def load_bundle(folder: Path | str) -> Bundle:
    """Read a bundle and check hashes, schema version, id, thresholds and the ONNX graph.

    Raises:
        VisionError: a file is missing, changed or not what the card says.
    """
    folder = Path(folder)
    sums = _read_sums(folder)
    model = _read_hashed(folder / MODEL_FILE, sums)
    card = _read_card(folder / CARD_FILE, _read_hashed(folder / CARD_FILE, sums))
    _check_identity(card, model, folder)
    _check_graph(model, card, folder / MODEL_FILE)
    golden = _read_hashed(folder / GOLDEN_FILE, sums)
    check_thresholds(card.thresholds, card)
    overrides = read_overrides(folder, card)
    if not overrides:
        return Bundle(card=card, model=model, golden=golden, folder=folder)
    last = overrides[-1]
    card = dataclasses.replace(card, thresholds=in_force(last))
    return Bundle(card=card, model=model, golden=golden, folder=folder, thresholds_version=last.version)


def save_bundle(folder: Path | str, model: bytes, card: ModelCard, golden: bytes) -> Path:
    """Write a bundle folder whole or not at all, and return it.

    Raises:
        VisionError: card and ONNX don't belong together, or the folder already holds something.
    """
    folder = Path(folder)
    _check_identity(card, model, folder)
    _check_graph(model, card, folder / MODEL_FILE)
    check_thresholds(card.thresholds, card)
    card_json = CARD_CODEC.dump_json(card, indent=1)
    files = {MODEL_FILE: model, CARD_FILE: card_json, GOLDEN_FILE: golden}
    files[SUMS_FILE] = _sums_of({name: sha256_hex(data) for name, data in files.items()})
    try:
        _write_whole(folder, files)
    except OSError as error:
        raise VisionError(
            f"{folder}: the bundle can't be written ({error.strerror or error}); "
            "name a folder that is empty or not there yet, on a disk with room"
        ) from error
    return folder


def copy_bundle(source: Path, target: Path) -> None:
    """Copy a bundle's own files, checked; an older bundle at `target` stays until the new one is whole.

    Raises:
        VisionError: what arrived is no bundle.
        OSError: the disk refuses.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    part = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
    try:
        for name in BUNDLE_FILES:
            if (source / name).is_file():
                shutil.copyfile(source / name, part / name)
        part.chmod(0o755)
        load_bundle(part)
        shutil.rmtree(target, ignore_errors=True)
        part.rename(target)
    finally:
        shutil.rmtree(part, ignore_errors=True)


def read_bundle_file(folder: Path, name: str) -> bytes:
    """Read one file of a bundle, checked against the sums.

    Raises:
        VisionError: it is missing, not listed or changed.
    """
    return _read_hashed(folder / name, _read_sums(folder))


def add_bundle_file(folder: Path, name: str, data: bytes) -> None:
    """Add a file to a bundle, or replace it, and list it in the sums.

    Raises:
        VisionError: the folder is no bundle, or can't be written.
    """
    sums = _read_sums(folder) | {name: sha256_hex(data)}
    try:
        # The sums last: a bundle that is cut off in between says that the file was changed.
        for part, content in ((folder / name, data), (folder / SUMS_FILE, _sums_of(sums))):
            fresh = part.with_name(f".{part.name}.part")
            fresh.write_bytes(content)
            fresh.replace(part)
    except OSError as error:
        raise VisionError(
            f"{folder / name}: can't be written ({error.strerror or error}); check rights and free space"
        ) from error


def _sums_of(hashes: dict[str, str]) -> bytes:
    return "".join(f"{digest}  {name}\n" for name, digest in hashes.items()).encode()


def _write_whole(folder: Path, files: dict[str, bytes]) -> None:
    folder.parent.mkdir(parents=True, exist_ok=True)
    part = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    try:
        part.chmod(0o755)  # mkdtemp makes it private; other processes read bundles too
        for name, data in files.items():
            (part / name).write_bytes(data)
        part.rename(folder)
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _read_sums(folder: Path) -> dict[str, str]:
    if not folder.is_dir():
        raise VisionError(f"bundle {folder}: no such folder; give a folder that 'maqta learn' made")
    text = _read(folder / SUMS_FILE).decode("utf-8", "replace")
    pairs = [line.split(maxsplit=1) for line in text.splitlines() if line.strip()]
    return {pair[1].strip(): pair[0] for pair in pairs if len(pair) == 2}


def _read_hashed(path: Path, sums: dict[str, str]) -> bytes:
    data = _read(path)
    expected = sums.get(path.name)
    if expected is None:
        raise VisionError(f"{path}: {SUMS_FILE} doesn't list it; copy the bundle again")
    found = sha256_hex(data)
    if found != expected:
        raise VisionError(
            f"{path}: SHA-256 is {found[:12]}…, {SUMS_FILE} says {expected[:12]}…: "
            "the file was changed or cut short; copy the bundle again or learn the article again"
        )
    return data


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise VisionError(
            f"{path}: can't be read ({error.strerror or error}); the bundle is not whole, copy it again"
        ) from error


def _read_card(path: Path, data: bytes) -> ModelCard:
    try:
        card = CARD_CODEC.validate_json(data)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "the file"
        raise VisionError(f"{path}: {where}: {first['msg']}; learn the article again") from error
    if card.schema_version != CARD_SCHEMA_VERSION:
        raise VisionError(
            f"{path}: schema version is {card.schema_version}, this software reads {CARD_SCHEMA_VERSION}; "
            "learn the article again or install the matching version"
        )
    return card


def _check_identity(card: ModelCard, model: bytes, folder: Path) -> None:
    found = sha256_hex(model)
    if card.model_sha256 != found or card.bundle_id != found[:BUNDLE_ID_DIGITS]:
        raise VisionError(
            f"bundle {folder}: the card describes model {card.model_sha256[:12]}… with id {card.bundle_id}, "
            f"the ONNX file is {found[:12]}…; card and model don't belong together"
        )


def _check_graph(model: bytes, card: ModelCard, path: Path) -> None:
    try:
        graph = onnx.load_model_from_string(model).graph
    except (DecodeError, ValueError) as error:
        raise VisionError(f"{path}: not an ONNX file ({error}); learn the article again") from error
    inputs = tuple(value.name for value in graph.input)
    outputs = tuple(value.name for value in graph.output)
    expected = GRAPH_OUTPUTS_NAMED if len(card.kinds) > 1 else GRAPH_OUTPUTS
    if inputs != GRAPH_INPUTS or outputs != expected:
        raise VisionError(
            f"{path}: the graph maps {inputs} to {outputs}; "
            f"a bundle's graph of this card maps {GRAPH_INPUTS} to {expected}; learn the article again"
        )
