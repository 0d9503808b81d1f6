"""Whose card it is: ids of all kinds reach the settings as they were meant."""

from __future__ import annotations

import pytest

from setia.card import CardSettings
from setia.config import compose
from setia.errors import InputError


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("17850", "17850"),
        ("'17850'", "17850"),
        ("0017850", "0017850"),
        ("C-12", "C-12"),
        ("'a b=c'", "a b=c"),
        ("\"a,b 'c'\"", "a,b 'c'"),
        ("'1_000'", "1_000"),
        ("'12.50'", "12.50"),
        ("'true'", "true"),
        ("'null'", "null"),
    ],
)
def test_an_id_is_text_however_it_is_written(written: str, meant: str) -> None:
    assert compose([f"customer.id={written}"]).customer.customer_id == meant


@pytest.mark.parametrize("written", ["12.50", "true", "[1,2]"])
def test_what_would_not_be_the_id_that_was_meant_is_refused(written: str) -> None:
    with pytest.raises(InputError, match=r"customer\.id"):
        compose([f"customer.id={written}"])


@pytest.mark.parametrize("written", ["customer.id=", "customer.id=null", "customer.id=''", "quiet=true"])
def test_without_an_id_it_is_said_how_to_give_one(written: str) -> None:
    with pytest.raises(InputError, match="make customer ID=17850"):
        _ = compose([written]).customer.customer_id


def test_the_picture_has_an_ending() -> None:
    assert CardSettings("1", "card.svg").output == "card.svg"
    for output in ("card.pdf", "png", ".png"):
        with pytest.raises(InputError, match=r"must end in \.png or \.svg"):
            CardSettings("1", output)
