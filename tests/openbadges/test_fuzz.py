"""A slice of `make fuzz` with every run of the tests: hostile inputs, each made from its number."""

import pytest

from bench import inputs
from bench.fuzz import MEGABYTES, SECONDS, measured


@pytest.mark.parametrize("tenth", range(10))
def test_hostile_inputs_are_answered_within_their_limits(tenth: int) -> None:
    for number in range(tenth * 50, tenth * 50 + 50):
        cost = measured(*inputs.made(2026, number))
        assert not cost["wrong"], (number, cost)
        assert cost["s"] < SECONDS
        assert cost["mb"] < MEGABYTES


def test_an_input_is_the_same_each_time_it_is_made() -> None:
    for number in range(20):
        assert inputs.made(1, number)[0] == inputs.made(1, number)[0]
