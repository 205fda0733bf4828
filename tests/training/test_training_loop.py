import hashlib
import json

import numpy as np
import pytest
import torch

from training.augment import context_mirrored, random_batch
from training.config import TrainingError, read_recipe
from training.data import BASE_KINDS, cloth_samples
from training.export import MOST_DIFFERENCE, largest_difference, to_onnx
from training.loop import new_state, resume, run_steps, train
from training.losses import rank_loss
from training.model import HALO_ROWS, Head
from training.supply import Supply, cloths_of
from vision.base import read_base
from vision.types import VisionError

RECIPE = """
name = "tiny"
seed = 5
pool = 2
steps_per_cloth = 12
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
    chosen = read_recipe(recipe)[0]
    return [sample for number in range(2) for sample in cloth_samples(chosen, 1, number)]


def weights(state):
    return torch.cat([value.float().flatten() for value in state.head.state_dict().values()])


def test_samples_hold_responses_at_half_resolution_and_planted_truth_at_a_quarter(samples):
    assert len(samples) == 4
    assert samples[0].fine.shape == (14, 32, 512)
    assert samples[0].context.shape == (32, 16, 256)
    assert samples[0].kinds.shape == (16, 256)
    assert 0 < np.mean([(sample.kinds > 0).mean() for sample in samples]) < 0.6
    assert max(sample.kinds.max() for sample in samples) <= len(BASE_KINDS)


def test_rendering_again_gives_the_same_samples_and_another_salt_others(recipe, samples):
    chosen = read_recipe(recipe)[0]
    again, other = cloth_samples(chosen, 1, 0)[0], cloth_samples(chosen, 2, 0)[0]
    assert np.array_equal(again.fine, samples[0].fine)
    assert not np.array_equal(other.fine, samples[0].fine)


def test_a_few_steps_lower_the_loss(recipe, samples, tmp_path):
    chosen = read_recipe(recipe)[0]
    state = new_state(chosen)
    run_steps(state, chosen, lambda step: samples, tmp_path, lambda text: None, until=1)
    first = state.loss
    run_steps(state, chosen, lambda step: samples, tmp_path, lambda text: None)
    again = new_state(chosen)  # draws the same first batch
    again.head.load_state_dict(state.head.state_dict())
    run_steps(again, chosen, lambda step: samples, tmp_path, lambda text: None, until=1)
    assert again.loss < 0.9 * first


def test_a_resumed_run_ends_in_the_same_weights(recipe, samples, tmp_path):
    chosen = read_recipe(recipe)[0]
    whole, begun, resumed = new_state(chosen), new_state(chosen), new_state(chosen)
    run_steps(whole, chosen, lambda step: samples, tmp_path / "", lambda text: None, until=12)
    (tmp_path / "cut").mkdir()
    run_steps(begun, chosen, lambda step: samples, tmp_path / "cut", lambda text: None, until=6)
    resume(resumed, tmp_path / "cut")
    assert resumed.step == 6
    run_steps(resumed, chosen, lambda step: samples, tmp_path / "cut", lambda text: None, until=12)
    assert torch.equal(weights(whole), weights(resumed))


def test_the_exported_graph_computes_what_torch_computes():
    torch.manual_seed(1)
    head = Head(8, 3)
    for _ in range(3):  # batch norms with statistics of their own
        head.train()(torch.randn(2, 14, 32, 32) * 3, torch.randn(2, 32, 16, 16) * 3)
    assert largest_difference(head, to_onnx(head)) <= MOST_DIFFERENCE == 1e-3


def test_a_logit_leans_on_no_row_beyond_the_stated_halo():
    torch.manual_seed(2)
    head = Head(8, 3).eval()
    fine, context = torch.randn(1, 14, 128, 48), torch.randn(1, 32, 64, 24)
    fine_changed, context_changed = fine.clone(), context.clone()
    fine_changed[:, :, 100:] += 1.0  # rows 200 and below of the picture
    context_changed[:, :, 50:] += 1.0
    with torch.no_grad():
        rows = (head(fine, context)[0] - head(fine_changed, context_changed)[0]).abs().amax(dim=(0, 1, 3))
    assert rows[: (200 - HALO_ROWS) // 4].max() == 0
    assert rows[50:].max() > 0


def test_a_pool_at_a_step_holds_the_same_cloths_however_the_run_came_there(recipe, samples):
    chosen = read_recipe(recipe)[0]
    with Supply(chosen, lambda text: None) as straight, Supply(chosen, lambda text: None) as resumed:
        begun = straight.at(0)
        later = straight.at(12)
        again = resumed.at(12)
    assert np.array_equal(begun[0].fine, samples[0].fine)
    assert np.array_equal(begun[2].fine, later[0].fine)  # the oldest cloth is gone, the second is first
    assert [np.array_equal(one.fine, other.fine) for one, other in zip(later, again, strict=True)] == [
        True
    ] * 4
    assert cloths_of(chosen) == 3


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
    assert list((folder / "tensorboard").glob("events.*"))
    with pytest.raises(VisionError, match="SHA-256"):
        read_base((folder / "base.onnx").read_bytes() + b"x", (folder / "base.json").read_bytes())


def test_a_folder_that_holds_another_recipes_run_is_refused(recipe, tmp_path):
    (tmp_path / "recipe.toml").write_text("name = 'other'\n")
    with pytest.raises(TrainingError, match="another recipe"):
        train(recipe, tmp_path, lambda text: None)


def test_crops_lie_on_the_cloth_and_every_flaw_has_a_number(samples):
    batch = random_batch(samples, 3, 32, np.random.default_rng(0))
    assert batch.fine.shape == (3, 14, 32, 64)
    assert batch.context.shape == (3, 32, 16, 32)
    assert batch.fine.dtype == batch.context.dtype == torch.float32
    assert torch.equal(batch.kinds != 0, batch.regions > 0)
    numbers = batch.regions.unique().tolist()
    assert numbers == list(range(len(numbers)))


def test_mirroring_twice_gives_the_channels_in_their_old_order():
    order = context_mirrored()
    assert order[order].tolist() == list(range(32))
    assert order[:6].tolist() == [0, 1, 2, 5, 4, 3]  # lines that slant change places
    assert order[12:].tolist() == list(range(12, 32))


def test_a_flaw_under_good_cloth_costs_more_the_deeper_and_as_much_if_it_is_small():
    kinds = torch.zeros((1, 16, 16), dtype=torch.int64)
    kinds[0, 2:4, 2:4], kinds[0, 8:14, 8:14] = 1, 1
    regions = kinds.clone()
    regions[0, 8:14, 8:14] = 2
    losses = []
    for small, large in ((4.0, 4.0), (-2.0, 4.0), (4.0, -2.0)):
        logits = torch.zeros((1, 1, 16, 16))
        logits[0, 0, 2:4, 2:4], logits[0, 0, 8:14, 8:14] = small, large
        losses.append(float(rank_loss(logits[:, 0], kinds, regions)))
    above, small_missed, large_missed = losses
    assert small_missed == pytest.approx(large_missed)
    assert small_missed > above + 1.0  # softplus(3) of one flaw in two against softplus(-3)


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
