"""Images and labels: what the machine learns from. Knows vision, and nobody above itself.

    types.py      the one error, `DatasetError`
    labels.py     the append-only log of what people said of the machine's findings
    store.py      pictures by SHA-256
    splits.py     which roll, lot or strip is for training, validation or test
    version.py    a frozen dataset: labels, pictures and splits, named by their content
    sources.py    public sets of fabric pictures, by their layouts; coco.py: labelled in COCO's JSON
    layouts.py    which layout a set comes in; shapes.py: a label's outline marked in a mask
    evaluation/   how well a recipe finds what is marked in a set
    synthesis/    rendered cloth and lint with flaws of known truth, as a camera too

`datasets` is also the import name of a package on PyPI. Nothing here depends on that one, and a test asserts
that this one is found.
"""
