import hashlib
import json

import numpy as np
import pytest
import torch

from training.augment import random_batch
from training.config import TrainingError, read_recipe
from training.data import render_samples
from training.export import MOST_DIFFERENCE, largest_difference, to_onnx
from training.loop import new_state, resume, run_steps, train
from training.model import HALO_ROWS, Head
from vision.base import read_base
from vision.types import VisionError

RECIPE = """
name = "tiny"
seed = 5
articles = 2
check_articles = 1
columns = 1024
rows = 64
mm_per_px = 0.1
good_strips = 3
flawed_strips = 2
flaws_per_m2 = 4000.0
bars_per_m2 = 0.0
soft_spots = 6
steps = 24
batch = 2
crop_cells = 32
learning_rate = 1e-2
weight_decay = 1e-3
width = 8
checkpoint_steps = 6
head_weight = 0.4
"""


@pytest.fixture(scope="module")
def recipe(tmp_path_factory):
    path = tmp_path_factory.mktemp("recipe") / "tiny.toml"
    path.write_text(RECIPE)
    return path


@pytest.fixture(scope="module")
def samples(recipe):
    return list(render_samples(read_recipe(recipe)[0], articles=2, salt=1, progress=lambda text: None))


def weights(state):
    return torch.cat([value.float().flatten() for value in state.head.state_dict().values()])


def test_samples_hold_responses_at_half_resolution_and_planted_truth_at_a_quarter(samples):
    assert len(samples) == 4
    assert samples[0].channels.shape == (14, 32, 512)
    assert samples[0].mask.shape == (16, 256)
    assert 0 < np.mean([sample.mask.mean() for sample in samples]) < 0.6


def test_rendering_again_gives_the_same_samples_and_another_salt_others(recipe, samples):
    chosen = read_recipe(recipe)[0]
    again = next(render_samples(chosen, articles=1, salt=1, progress=lambda text: None))
    other = next(render_samples(chosen, articles=1, salt=2, progress=lambda text: None))
    assert np.array_equal(again.channels, samples[0].channels)
    assert not np.array_equal(other.channels, samples[0].channels)


def test_a_few_steps_lower_the_loss(recipe, samples, tmp_path):
    chosen = read_recipe(recipe)[0]
    state = new_state(chosen)
    run_steps(state, chosen, samples, tmp_path, lambda text: None, until=1)
    first = state.loss
    run_steps(state, chosen, samples, tmp_path, lambda text: None)
    assert state.loss < 0.9 * first


def test_a_resumed_run_ends_in_the_same_weights(recipe, samples, tmp_path):
    chosen = read_recipe(recipe)[0]
    whole, begun, resumed = new_state(chosen), new_state(chosen), new_state(chosen)
    run_steps(whole, chosen, samples, tmp_path / "", lambda text: None, until=12)
    (tmp_path / "cut").mkdir()
    run_steps(begun, chosen, samples, tmp_path / "cut", lambda text: None, until=6)
    resume(resumed, tmp_path / "cut")
    assert resumed.step == 6
    run_steps(resumed, chosen, samples, tmp_path / "cut", lambda text: None, until=12)
    assert torch.equal(weights(whole), weights(resumed))


def test_the_exported_graph_computes_what_torch_computes():
    torch.manual_seed(1)
    head = Head(8)
    for _ in range(3):  # batch norms with statistics of their own
        head.train()(torch.randn(2, 14, 32, 32) * 3)
    assert largest_difference(head, to_onnx(head)) <= MOST_DIFFERENCE == 1e-3


def test_a_logit_leans_on_no_row_beyond_the_stated_halo():
    torch.manual_seed(2)
    head = Head(8).eval()
    channels = torch.randn(1, 14, 128, 48)
    changed = channels.clone()
    changed[:, :, 100:] += 1.0  # rows 200 and below of the picture
    with torch.no_grad():
        rows = (head(channels) - head(changed)).abs().amax(dim=(0, 1, 3))
    assert rows[: (200 - HALO_ROWS) // 4].max() == 0
    assert rows[50:].max() > 0


def test_training_writes_a_base_that_the_product_reads(recipe, tmp_path):
    told = []
    train(recipe, tmp_path / "run", told.append)
    folder = tmp_path / "run"
    base = read_base((folder / "base.onnx").read_bytes(), (folder / "base.json").read_bytes())
    assert base.card.recipe == RECIPE
    assert base.card.head_weight == 0.4
    assert base.card.figures["torch_onnx_difference"] <= MOST_DIFFERENCE
    assert 0 <= base.card.figures["fused_ap"] <= 1
    assert any("s left" in text for text in told)
    with pytest.raises(VisionError, match="SHA-256"):
        read_base((folder / "base.onnx").read_bytes() + b"x", (folder / "base.json").read_bytes())


def test_a_folder_that_holds_another_recipes_run_is_refused(recipe, tmp_path):
    (tmp_path / "recipe.toml").write_text("name = 'other'\n")
    with pytest.raises(TrainingError, match="another recipe"):
        train(recipe, tmp_path, lambda text: None)


def test_crops_lie_on_the_cloth_and_keep_their_shape(samples):
    channels, masks = random_batch(samples, 3, 32, np.random.default_rng(0))
    assert channels.shape == (3, 14, 32, 64)
    assert masks.shape == (3, 1, 16, 32)
    assert channels.dtype == torch.float32


def test_the_committed_base_matches_its_card_and_its_recipe():
    from importlib import resources

    folder = resources.files("vision.base")
    model = folder.joinpath("base.onnx").read_bytes()
    card = json.loads(folder.joinpath("base.json").read_bytes())
    recipe = resources.files("training").joinpath("recipes/base.toml").read_text()
    assert hashlib.sha256(model).hexdigest() == card["sha256"]
    assert card["recipe"] == recipe
    assert len(model) < 1_000_000


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("steps = 24", "stepz = 24"), "unknown key stepz"),
        (("seed = 5", ""), "seed"),
        (("width = 8", "width = 2"), "at least 4"),
        (("head_weight = 0.4", "head_weight = 1.4"), "0 to 1"),
        (("crop_cells = 32", "crop_cells = 300"), "256 map cells"),
        (("columns = 1024", "columns = 512"), "at least 900 px"),
        (('name = "tiny"', "name = "), "not TOML"),
    ],
)
def test_a_wrong_recipe_names_the_key_and_the_cure(tmp_path, change, message):
    path = tmp_path / "wrong.toml"
    path.write_text(RECIPE.replace(*change))
    with pytest.raises(TrainingError, match=message):
        read_recipe(path)
    with pytest.raises(TrainingError, match="can't be read"):
        read_recipe(tmp_path / "missing.toml")
