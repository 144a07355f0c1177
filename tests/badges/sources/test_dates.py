"""Dates in nearly thirty languages: every month in every spelling, and whatever is no date."""

import itertools
from collections import defaultdict
from datetime import date, timedelta

import pytest
from django.utils import translation
from django.utils.dates import MONTHS, MONTHS_3, MONTHS_ALT, MONTHS_AP
from hypothesis import example, given
from hypothesis import strategies as st

from badges.sources import dates
from badges.sources.dates import Span

SPELLINGS = [
    (language, month, spelling.replace("_", " "))
    for language, words in dates.MONTHS.items()
    for month, spellings in enumerate(words.split(), 1)
    for spelling in spellings.split("|")
]
# As a second opinion: what Django calls the months, in the languages that LinkedIn speaks.
SPOKEN = "en de fr es pt pt-br it nl pl sv da nb nn fi tr cs hu ro id ms vi ru uk el ar he th hi"
FAR_SPOKEN = "zh-hans zh-hant ja ko"
# Short forms of Django's that name two months, in that language or between two.
UNCLEAR = {("fr", "jui"), ("fi", "mar"), ("cs", "Čer."), ("hi", "मा")}


def of_month(year: int, month: int) -> Span:
    following = date(year + month // 12, month % 12 + 1, 1)
    return Span(date(year, month, 1), following - timedelta(days=1))


def day(year: int, month: int, day: int) -> Span:
    return Span(date(year, month, day), date(year, month, day))


def cases(word: str) -> set[str]:
    return {word, word.lower(), word.upper(), word.title(), word.capitalize()}


@pytest.mark.parametrize("language", dates.MONTHS)
def test_every_spelling_of_every_month_is_read(language: str) -> None:
    for spoken, month, spelling in SPELLINGS:
        if spoken != language:
            continue
        for word, dot in itertools.product(cases(spelling), ("", ".")):
            written = word + dot
            assert dates.read(f"{written} 2022") == of_month(2022, month), written
            assert dates.read(f" 2024 {written} ") == of_month(2024, month), written
            assert dates.read(f"{written}-2023") == of_month(2023, month), written
            assert dates.read(f"17 {written} 2022") == day(2022, month, 17), written
            assert dates.read(f"{written} 17, 2022") == day(2022, month, 17), written


def test_each_language_has_twelve_months_and_no_spelling_means_two() -> None:
    meant = defaultdict(set)
    for _language, month, spelling in SPELLINGS:
        meant[dates.fold(spelling)].add(month)
    assert {word: months for word, months in meant.items() if len(months) > 1} == {}
    assert {len(words.split()) for words in dates.MONTHS.values()} == {12}
    assert len(dates.MONTHS) >= 25


@pytest.mark.parametrize("language", f"{SPOKEN} {FAR_SPOKEN}".split())
def test_what_others_call_the_months_is_read(language: str) -> None:
    with translation.override(language):
        for names in (MONTHS, MONTHS_3, MONTHS_AP, MONTHS_ALT):
            for month, name in names.items():
                if (language, str(name)) not in UNCLEAR:
                    assert dates.read(f"{name} 2022") == of_month(2022, month), str(name)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("Mar 2022", of_month(2022, 3)),
        ("sept. 2019", of_month(2019, 9)),
        ("févr. 2022", of_month(2022, 2)),
        ("fe\u0301vr. 2022", of_month(2022, 2)),  # the accent as a sign of its own
        ("März 2022", of_month(2022, 3)),
        ("mar. de 2022", of_month(2022, 3)),
        ("marzo del 2022", of_month(2022, 3)),
        ("12 de março de 2022", day(2022, 3, 12)),
        ("1er janvier 2020", day(2020, 1, 1)),
        ("1º de janeiro de 2020", day(2020, 1, 1)),
        ("Jan 1st, 2020", day(2020, 1, 1)),
        ("den 3 mars 2020", day(2020, 3, 3)),
        ("KASIM 2021", of_month(2021, 11)),
        ("5. lokakuuta 2021", day(2021, 10, 5)),
        ("март 2021 г.", of_month(2021, 3)),
        ("12 במרץ 2022", day(2022, 3, 12)),
        ("مارس ٢٠٢٢", of_month(2022, 3)),
        ("كانون الثاني 2020", of_month(2020, 1)),
        ("८ मार्च २०२१", day(2021, 3, 8)),
        ("มี.ค. 2565", of_month(2022, 3)),  # of the Thai calendar
        ("2022年3月", of_month(2022, 3)),
        ("2022 年 3 月 5 日", day(2022, 3, 5)),
        ("2022年十二月", of_month(2022, 12)),
        ("２０２２年３月", of_month(2022, 3)),
        ("2022년 3월", of_month(2022, 3)),
        ("2022. márc. 5.", day(2022, 3, 5)),
        ("thg 12 2022", of_month(2022, 12)),
        ("ngày 5 tháng 3 năm 2022", day(2022, 3, 5)),
        ("2019", Span(date(2019, 1, 1), date(2019, 12, 31))),
        ("03/2018", of_month(2018, 3)),
        ("3.2018", of_month(2018, 3)),
        ("2018-03", of_month(2018, 3)),
        ("2021-07-01", day(2021, 7, 1)),
        ("2021/7/1", day(2021, 7, 1)),
        ("2021-07-01 23:30 UTC", day(2021, 7, 1)),
        ("2021-07-01T23:30:10.123+02:00", day(2021, 7, 1)),
        ("2021-07-01T23:30:10Z", day(2021, 7, 1)),
        ("Mar 12, 2022, 3:04 PM", day(2022, 3, 12)),
        ("13/04/2018", day(2018, 4, 13)),
        ("4/13/2018", day(2018, 4, 13)),
        ("3.4.2018", day(2018, 4, 3)),
        ("03/04/2018", Span(date(2018, 3, 4), date(2018, 4, 3))),  # one of the two
        ("04-04-2018", day(2018, 4, 4)),
        ("Feb 2024", Span(date(2024, 2, 1), date(2024, 2, 29))),
    ],
)  # fmt: skip
def test_dates_as_they_are_written(text: str, meant: Span) -> None:
    assert dates.read(text) == meant


@pytest.mark.parametrize(
    "text",
    [
        "", " ", "N/A", "-", "Present", "heute", "No expiration", "March", "31 Feb 2020",
        "00 Jan 2020", "Jan Feb 2020", "2019-2020", "2019 - 2020", "Mar 22", "3/4/18",
        "9999-12-31", "Mar 0022", "1899", "May be renewed in 2021", "令和4年3月", "20220301",
        "1 2 3 2022", "13/2018", "13/13/2018", "Q3 2020", "²", "٣", "12:30", "2020 x",
        "Marchember 2020", "January 2020 " * 9,
    ],
)  # fmt: skip
def test_what_is_no_date_or_several_is_none(text: str) -> None:
    assert dates.read(text) is None


@given(st.text(max_size=70))
@example("1" * 60)
@example("\0\ud800 Jan 2020")
def test_any_text_is_a_date_or_none(text: str) -> None:
    found = dates.read(text)
    assert found is None or found.first <= found.last


@given(st.dates(date(1900, 1, 1), date(2199, 12, 31)), st.sampled_from(SPELLINGS))
def test_a_day_comes_back_from_every_order(when: date, spelt: tuple[str, int, str]) -> None:
    _language, month, name = spelt
    assert dates.read(when.isoformat()) == Span(when, when)
    assert dates.read(f"{when:%d.%m.%Y}") == Span(when, when)
    assert dates.read(f"{when.year}年{when.month}月{when.day}日") == Span(when, when)
    assert dates.read(f"{name} {when.year}") == of_month(when.year, month)
