from vision.taxonomy import DEFINITIONS, OWN_WORDING, DefectKind


def test_every_code_has_one_definition() -> None:
    assert set(DEFINITIONS) == set(DefectKind)
    assert all(entry.definition.endswith(".") for entry in DEFINITIONS.values())


def test_nothing_in_our_own_words_claims_to_be_verified() -> None:
    assert not any(entry.verified for entry in DEFINITIONS.values() if entry.source == OWN_WORDING)
    assert all(entry.source for entry in DEFINITIONS.values())
