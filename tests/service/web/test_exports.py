"""CSV cells that a spreadsheet would run as formulas come out as text."""

import pytest

from service.web.reports.sheets import write_csv


@pytest.mark.parametrize("text", ["=1+1", "+7", "-cmd", "@sum", "\tx"])
def test_a_text_that_looks_like_a_formula_gets_a_quote(text: str) -> None:
    assert write_csv([[text]]).startswith(f"'{text}") or write_csv([[text]]).startswith(f"\"'{text}")


def test_a_negative_number_stays_a_number() -> None:
    assert write_csv([["a", -1.5, None]]) == "a,-1.5,\r\n"
