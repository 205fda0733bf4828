import dataclasses
from pathlib import Path

import onnx

from vision.bundle import MODEL_FILE, bundle_id_of, save_bundle, sha256_hex
from vision.card import ModelCard
from vision.gate import activation_gate
from vision.parity import ParityReport, write_parity


def test_a_bundle_that_runs_passes(bundle_folder: Path) -> None:
    assert activation_gate(bundle_folder) == ""


def test_a_bundle_whose_bytes_changed_is_refused(bundle_folder: Path) -> None:
    with (bundle_folder / MODEL_FILE).open("ab") as model_file:
        model_file.write(b"x")
    assert "SHA-256" in activation_gate(bundle_folder)


def test_a_whole_bundle_that_the_runtime_refuses_does_not_pass(
    tmp_path: Path, model: bytes, card: ModelCard, golden: bytes
) -> None:
    graph = onnx.load_model_from_string(model)
    graph.graph.node[0].op_type = "NoSuchOperator"
    broken = graph.SerializeToString()
    own = dataclasses.replace(card, bundle_id=bundle_id_of(broken), model_sha256=sha256_hex(broken))
    assert own.bundle_id in activation_gate(save_bundle(tmp_path / "broken", broken, own, golden))


def test_a_bundle_without_a_parity_report_is_refused_and_told_how_to_get_one(
    tmp_path: Path, model: bytes, card: ModelCard, golden: bytes
) -> None:
    refusal = activation_gate(save_bundle(tmp_path / "unmeasured", model, card, golden))
    assert "has not been through the parity gate; run 'maqta model parity" in refusal


def test_a_bundle_whose_paths_disagree_is_refused(bundle_folder: Path, report: ParityReport) -> None:
    (path,) = report.paths
    write_parity(
        bundle_folder, dataclasses.replace(report, paths=(dataclasses.replace(path, changed_beyond=3),))
    )
    assert "changes 3 verdicts" in activation_gate(bundle_folder)
