from pathlib import Path

import datasets

REPOSITORY = Path(__file__).resolve().parents[2]


def test_datasets_is_the_package_of_this_repository():
    # A well-known package on PyPI has the same import name.
    assert Path(datasets.__file__).resolve() == REPOSITORY / "datasets" / "__init__.py"
