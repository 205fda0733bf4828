import numpy as np
import pytest

import vision.good_cloth
from vision.good_cloth import Picture, in_memory, pieces, survey
from vision.types import VisionError


def cloth(seed, rows=64, columns=128):
    return np.random.default_rng(seed).integers(60, 200, (rows, columns)).astype(np.uint8)


def counted(seed, reads):
    def read():
        reads.append(seed)
        return cloth(seed)

    return Picture(name=f"picture {seed}", read=read)


def test_little_cloth_is_learnt_whole():
    found = survey([in_memory("a", cloth(1)), in_memory("b", cloth(2))], lambda text: None)
    assert [image.shape for image in found.learnt] == [(64, 128), (64, 128)]
    assert (found.rest, found.channels) == ((), 1)


def test_more_cloth_than_statistics_take_is_drawn_from_and_the_rest_is_left_for_thresholds(monkeypatch):
    monkeypatch.setattr(vision.good_cloth, "MOST_PIXELS", 8 * 64 * 128)
    reads, told = [], []
    found = survey([counted(seed, reads) for seed in range(40)], told.append)
    seed_of = {cloth(seed).tobytes(): seed for seed in range(40)}
    learnt = [seed_of[image.tobytes()] for image in found.learnt]
    left = [int(picture.name.split()[1]) for picture in found.rest]
    assert 4 <= len(learnt) <= 8
    assert sorted(learnt + left) == list(range(40))
    assert learnt == sorted(learnt)
    assert min(learnt) < 20 <= max(learnt)  # not the first ones alone
    assert len({seed % 2 for seed in learnt}) == 2
    assert reads == list(range(40))
    assert told[-1] == f"40 pictures are more than statistics take: {len(learnt)} are learnt"
    again = survey([counted(seed, reads) for seed in range(40)], told.append)
    assert [picture.name for picture in again.rest] == [picture.name for picture in found.rest]


def test_a_picture_too_large_for_statistics_alone_is_learnt_all_the_same(monkeypatch):
    monkeypatch.setattr(vision.good_cloth, "MOST_PIXELS", 100)
    assert len(survey([in_memory("a", cloth(1))], lambda text: None).learnt) == 1


def test_pictures_without_material_are_told_and_left_out_of_the_rest_too(monkeypatch):
    monkeypatch.setattr(vision.good_cloth, "MOST_PIXELS", 64 * 128)
    dark = in_memory("dark", np.zeros((64, 128), np.uint8))
    told = []
    found = survey([in_memory("a", cloth(1)), dark, in_memory("b", cloth(2))], told.append)
    assert len(found.learnt) == len(found.rest) == 1
    assert found.rest[0].name in ("a", "b")
    assert any(text.startswith("dark is left out: no texture") for text in told)
    with pytest.raises(VisionError, match="dark: no texture.*none of the 1 pictures shows material"):
        survey([dark], lambda text: None)


def test_one_coloured_picture_makes_all_coloured():
    coloured = np.repeat(cloth(1)[:, :, None], 3, axis=2)
    coloured[:32, :, 0] //= 2
    found = survey([in_memory("grey", cloth(2)), in_memory("blue", coloured)], lambda text: None)
    assert found.channels == 3
    assert [image.shape for image in found.learnt] == [(64, 128, 3), (64, 128, 3)]


def test_a_picture_is_cut_into_tiles_and_a_lone_one_into_bands():
    tall = cloth(1, rows=600)
    assert [piece.pixels.shape[0] for piece in pieces(tall, "fibre")] == [200, 200, 200]
    assert [piece.pixels.shape[0] for piece in pieces(cloth(1, rows=128), "fibre", alone=True)] == [32] * 4
    assert next(pieces(tall, "fibre")).cloth_px == (0, 128)
