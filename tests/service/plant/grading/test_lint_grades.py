import json

import numpy as np
import pytest

from service.cli import main
from service.plant.errors import PlantError
from service.plant.grading.lint.agreement import agreement_of, kappa
from service.plant.grading.lint.fitting import fit_samples
from service.plant.grading.lint.lot import grade_lot
from service.plant.grading.lint.samples import read_samples
from service.plant.grading.lint.shelf import get_profile
from service.plant.grading.lint.standard import ClassLimit, class_of, shipped_standards

CENTRES = {"11": (78.0, 8.5, 0.15), "31": (73.0, 9.5, 0.5), "51": (66.0, 11.0, 1.1)}


def classed(lots=6, each=4, seed=1, spread=1.0):
    """Rows of text: lots differ from one another as well as samples within one."""
    rng = np.random.default_rng(seed)
    rows = ["lot,grade,rd,plus_b,trash_area_pct,trash_mass_pct"]
    for lot in range(lots):
        for grade, centre in CENTRES.items():
            shift = rng.normal(0, [0.5, 0.15, 0.03]) * spread
            for _ in range(each):
                rd, b, trash = np.array(centre) + shift + rng.normal(0, [0.8, 0.2, 0.05]) * spread
                trash = max(trash, 0.01)
                rows.append(f"L{lot},{grade},{rd:.2f},{b:.2f},{trash:.3f},{1.0 + 2.5 * trash:.3f}")
    return "\n".join(rows) + "\n"


@pytest.fixture
def csv_file(tmp_path):
    def write(text):
        path = tmp_path / "samples.csv"
        path.write_text(text, encoding="utf-8")
        return path

    return write


def test_kappa_agrees_with_a_table_worked_by_hand():
    table = np.array([[20, 5], [10, 15]])  # observed 35/50 = 0.7, by chance (25*30 + 25*20)/2500 = 0.5
    assert kappa(table) == pytest.approx(0.4)
    assert kappa(table, weighted=True) == pytest.approx(0.4)  # two grades: the same
    assert np.isnan(kappa(np.array([[5, 0], [0, 0]])))


def test_a_refused_sample_is_no_agreement_and_no_error():
    found = agreement_of(("a", "b"), np.array([0, 1, 1]), np.array([0, 1, -1]), np.array([0, 1, 2]))
    assert (found.confusion, found.refused, found.same_share) == (((1, 0), (0, 1)), 1, 1.0)


def test_well_parted_grades_are_learnt_and_every_lot_is_judged_without_itself(csv_file):
    fitted = fit_samples(read_samples(csv_file(classed())))
    assert fitted.model.grades == ("11", "31", "51")
    assert (fitted.samples, fitted.lots) == (72, 6)
    assert fitted.agreement.kappa > 0.9
    assert fitted.agreement.kappa_low <= fitted.agreement.kappa <= fitted.agreement.kappa_high


def test_a_grade_that_is_a_lots_own_mark_is_not_taken_for_agreement(csv_file):
    """Grades given by lot, on values that differ by lot only: a model that saw the lot would look perfect."""
    rng = np.random.default_rng(4)
    rows = ["lot,grade,rd,plus_b"]
    for lot in range(12):
        rd = rng.normal(73, 4)
        rows += [f"L{lot},{'AB'[lot % 2]},{rd + rng.normal(0, 0.05):.3f},9.0" for _ in range(6)]
    assert fit_samples(read_samples(csv_file("\n".join(rows)))).agreement.kappa < 0.5


def test_trash_mass_follows_area_with_its_error(csv_file):
    mass = fit_samples(read_samples(csv_file(classed()))).trash_mass
    assert mass is not None
    assert (mass.intercept_pct, mass.slope) == pytest.approx((1.0, 2.5), abs=0.02)
    assert mass.error_pct < 0.01
    assert mass.mass_pct(0.5) == pytest.approx(2.25, abs=0.02)
    assert mass.mass_pct(9.0) is None


def test_what_lies_outside_the_samples_is_refused_with_its_feature(csv_file):
    model = fit_samples(read_samples(csv_file(classed()))).model
    far = np.array([[45.0, 8.5, 0.15]])
    assert np.isnan(model.probabilities(far)).all()
    assert "rd 45 is far from all classed samples" in model.why_refused(far[0])
    assert model.why_refused(np.array(CENTRES["31"])) == ""


def test_a_lots_grade_is_a_distribution_with_an_interval(csv_file):
    model = fit_samples(read_samples(csv_file(classed()))).model
    rng = np.random.default_rng(2)
    mixed = np.concatenate(
        [np.array(CENTRES[g]) + rng.normal(0, [0.5, 0.1, 0.02], (n, 3)) for g, n in (("11", 75), ("31", 25))]
    )
    lot = grade_lot(model, mixed)
    shares = {one.grade: one for one in lot.shares}
    assert lot.grade == "11"
    assert shares["11"].share == pytest.approx(0.75, abs=0.03)
    assert shares["11"].low < 0.75 < shares["11"].high
    assert sum(one.share for one in lot.shares) == pytest.approx(1.0)


def test_a_lot_of_strange_readings_gets_no_grade(csv_file):
    model = fit_samples(read_samples(csv_file(classed()))).model
    strange = np.array([[45.0, 8.5, 0.15]] * 5 + [list(CENTRES["11"])] * 10)
    lot = grade_lot(model, strange)
    assert (lot.grade, lot.refused) == ("", 5)
    assert "33% of the readings lie outside the profile, allowed are 20%" in lot.reason
    assert grade_lot(model, strange[:0]).reason == "0 usable readings; at least 5 are needed"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("lot,grade,rd\nL1,11,abc\n", r"line 2: rd is 'abc'; give a number from 20 to 100"),
        ("lot,grade,rd\nL1,11,nan\n", r"line 2: rd is 'nan'"),
        ("lot,grade,rd\nL1,,70\n", r"line 2: grade is empty"),
        ("lot,rd\nL1,70\n", r"column 'grade' is missing"),
        ("lot,grade,rd,colour\nL1,11,70,3\n", r"column 'colour' is not known"),
        ("lot,grade\nL1,11\n", r"no measured column"),
        ("lot,grade,rd\nL1,11\n", r"line 2: 2 cells, the header has 3"),
        ("lot,grade,rd\n", r"holds no rows"),
        ("lot,grade,rd\n" + "L1,11,70\nL2,11,71\n" * 5, r"only grade '11' was classed"),
        ("lot,grade,rd\n" + "L1,11,70\nL2,11,71\nL1,31,60\n" * 5, r"grade '31' has 5 samples of 1 lots"),
    ],
)
def test_bad_samples_are_refused_by_line_and_column(csv_file, text, message):
    with pytest.raises(PlantError, match=message):
        fit_samples(read_samples(csv_file(text)))


def test_fit_writes_versions_that_are_never_overwritten_and_lot_uses_the_newest(csv_file, tmp_path, capsys):
    samples, shelf = csv_file(classed()), str(tmp_path / "grades")
    assert main(["grade", "fit", str(samples), "--folder", shelf, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["version"] == 1
    assert main(["grade", "fit", str(samples), "--folder", shelf, "--order", "11,31,51"]) == 0
    said = capsys.readouterr().out
    assert "profile lint v2: 72 samples of 6 lots" in said
    assert "classer" in said
    readings = tmp_path / "readings.csv"
    readings.write_text("rd,plus_b,trash_area_pct\n" + "78,8.5,0.15\n" * 10, encoding="utf-8")
    assert main(["grade", "lot", str(readings), "--folder", shelf]) == 0
    assert "grade 11" in capsys.readouterr().out
    assert get_profile(tmp_path / "grades", "lint", 1).version == 1
    readings.write_text("rd,plus_b,trash_area_pct\n" + "40,8.5,0.15\n" * 10, encoding="utf-8")
    assert main(["grade", "lot", str(readings), "--folder", shelf]) == 1
    assert "no grade" in capsys.readouterr().out


def test_a_missing_profile_or_a_strange_grade_is_named(csv_file, tmp_path, capsys):
    samples = csv_file(classed())
    assert main(["grade", "lot", str(samples), "--folder", str(tmp_path / "none")]) == 2
    assert "no profile 'lint'; make one: maqta grade fit" in capsys.readouterr().err
    assert main(["grade", "fit", str(samples), "--order", "11,31", "--folder", str(tmp_path / "g")]) == 2
    assert "grade '51' is not in the order 11, 31" in capsys.readouterr().err


def test_unverified_standards_are_empty_and_grade_nothing(capsys):
    for standard in shipped_standards():
        assert not standard.verified
        assert standard.limits == ()
        with pytest.raises(PlantError, match="never verified, so the table is empty"):
            class_of(standard, standard.sorts[0], 2.0)
    assert main(["grade", "standards"]) == 0
    assert "not verified" in capsys.readouterr().out


def test_an_entered_and_verified_table_gives_the_class():
    import dataclasses

    limits = tuple(
        ClassLimit(sort="I", lint_class=name, to_mass_pct=to) for name, to in (("high", 2.0), ("good", 3.0))
    )
    entered = dataclasses.replace(shipped_standards()[0], verified=True, limits=limits)
    assert class_of(entered, "I", 2.0) == "high"
    assert class_of(entered, "I", 2.1) == "good"
    with pytest.raises(PlantError, match="no class for 9 % of trash; the highest limit: 3 %"):
        class_of(entered, "I", 9.0)
