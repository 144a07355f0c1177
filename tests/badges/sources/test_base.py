"""What every reader shares: addresses and texts of strangers."""

from typing import Any

import pytest

from badges.sources.base import MAX_ADDRESS, text, web


@pytest.mark.parametrize(
    ("value", "address"),
    [
        ("https://school.example/1", "https://school.example/1"),
        ("  http://school.example/1\n", "https://school.example/1"),
        ("HTTPS://School.example/É?a=b#c", "HTTPS://School.example/É?a=b#c"),
        ("https://x.example/" + "a" * (MAX_ADDRESS - 18), "https://x.example/" + "a" * 3982),
    ],
)
def test_an_address_is_an_address(value: str, address: str) -> None:
    assert web(value) == address


@pytest.mark.parametrize(
    "value",
    [
        None,
        7,
        "",
        "  ",
        "school.example",
        "ftp://school.example",
        "https://",
        "https://ada@school.example/",
        "javascript:alert(1)",
        "https://school.example/1\nhttps://evil.example",
        "https://school.example\n.evil.example/",
        "https://school.example/a\tb",
        "https://school.example/a b",
        "https://school.example/a\u00a0b",
        "https://school.example/a\u202eb",
        "https://school.example/a\u0000b",
        # Cut short it would be an address, and of another page.
        "https://x.example/" + "a" * (MAX_ADDRESS - 17),
    ],
)
def test_anything_else_is_none(value: Any) -> None:
    assert web(value) == ""


def test_a_text_keeps_its_lines_and_nothing_that_cannot_be_seen() -> None:
    assert text(" a\nb\tc\u202ed\u0000e ") == "a\nb\tc d e"
    odd: list[Any] = [7, 1.5, True, None, ["a"], {}]
    assert [text(value) for value in odd] == ["7", "1.5", "", "", "", ""]
    assert text("abc", 2) == "ab"
