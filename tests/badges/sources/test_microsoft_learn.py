"""Microsoft Learn: what a shared transcript holds, and what is left where it is."""

import dataclasses
import json
from collections.abc import Iterator
from contextlib import suppress
from datetime import date

import pytest

from badges.openbadges import parse
from badges.openbadges.errors import OpenBadgesError, Unreachable
from badges.openbadges.fetching import Fetch, Fetched
from badges.sources import recognise_link, statement
from badges.sources.base import Found, Nothing, Seen
from badges.sources.microsoft_learn import MicrosoftLearn
from tests.badges.sources.odd import variants
from tests.badges.sources.reading import door, found, seen
from tests.simulators import microsoft_learn
from tests.simulators.base import Mode
from tests.simulators.microsoft_learn import BARE, PRIVATE, SHARE

READER = MicrosoftLearn({"learn.test": "learn.test"})
LEARN = "https://learn.microsoft.com"


@pytest.fixture
def learn() -> Iterator[microsoft_learn.MicrosoftLearn]:
    with microsoft_learn.MicrosoftLearn() as simulator:
        yield simulator


@pytest.fixture
def fetch(learn: microsoft_learn.MicrosoftLearn) -> Iterator[Fetch]:
    with door(learn) as fetch:
        yield fetch


@pytest.mark.parametrize(
    "link",
    [
        f"{LEARN}/en-us/users/ada-lovelace/transcript/{SHARE}",
        f"{LEARN}/users/ada-lovelace/transcript/{SHARE}/",
        f"{LEARN}/zh-hans-cn/users/ada-lovelace/transcript/{SHARE}?tab=tab-modules#top",
        f"HTTPS://LEARN.Microsoft.com/pt-BR/Users/ada-lovelace/Transcript/{SHARE}",
        f"http://docs.microsoft.com/de-de/users/ada-lovelace/transcript/{SHARE}",
        f"{LEARN}:443//en-us/users/ada-lovelace/transcript/{SHARE}?WT.mc_id=x&sharingId=y",
    ],
)
def test_a_link_to_a_transcript_is_known_in_every_spelling(link: str) -> None:
    answers = {"host": "learn.microsoft.com", "name": "ada-lovelace", "share": SHARE}
    words = "Microsoft Learn transcript ada-lovelace"
    assert recognise_link(link) == Seen("microsoft_learn", answers, words, lasting=True)


def test_the_address_for_programs_is_known_as_well() -> None:
    recognised = seen(READER, f"{LEARN}/api/profiles/transcript/share/{SHARE}?locale=de-de")
    assert recognised is not None
    assert recognised.answers["share"] == SHARE
    assert recognised.words == "Microsoft Learn transcript"


@pytest.mark.parametrize(
    "link",
    [
        f"{LEARN}.evil.test/en-us/users/ada/transcript/{SHARE}",
        f"https://learn.microsoft.com@evil.test/en-us/users/ada/transcript/{SHARE}",
        f"https://evil.test/learn.microsoft.com/users/ada/transcript/{SHARE}",
        f"{LEARN}:8443/en-us/users/ada/transcript/{SHARE}",
        f"{LEARN}/en-us/users/ada/transcript/..%2F..%2Fsecret",
        f"{LEARN}/en-us/users/ada/transcript/{SHARE}%00",
        f"{LEARN}/en-us/training/modules/knots/",
        f"{LEARN}/",
        f"ftp://learn.microsoft.com/en-us/users/ada/transcript/{SHARE}",
    ],
)
def test_what_only_looks_like_one_is_not(link: str) -> None:
    assert seen(READER, link) is None


@pytest.mark.parametrize("rest", ["", "/", "/transcript", "/credentials/75e469dee3be992f?ref=x"])
def test_a_profile_says_which_link_to_bring(rest: str) -> None:
    def fetch(url: str, **how: object) -> Fetched:
        raise AssertionError("nothing is asked for")

    link = f"{LEARN}/en-us/users/ada-lovelace{rest}"
    with pytest.raises(Nothing, match="Share link"):
        found(READER, link, fetch)


def test_everything_but_modules_is_brought_over(
    learn: microsoft_learn.MicrosoftLearn, fetch: Fetch
) -> None:
    rows = {one.key: one for one in found(READER, learn.share, fetch)}
    assert sorted(rows) == [
        "applied-skill:D3268DD34CD3BB76",
        "certification:AB12CD-000001",
        "certification:AB12CD-000002",
        "certification:AB12CD-000003",
        "certification:AB12CD-000004",
        "exam:HB-900:2024-05-01",
        "learning-path:learn.wwl.tides:2024-11-02",
    ]
    first = rows["certification:AB12CD-000001"].statement
    assert first is not None
    assert (first.basis, first.by, first.issuer) == ("platform", "Microsoft Learn", "Microsoft")
    assert (first.name, first.kind) == ("Harbour Certified: Pilot Associate 1", "Certification")
    assert first.licence == "AB12CD-000001"
    assert (first.issued_on, first.expires_on) == (date(2025, 3, 14), date(2027, 3, 15))
    over = rows["certification:AB12CD-000003"].statement
    assert over is not None
    assert over.expires_on == date(2022, 1, 31)
    path = rows["learning-path:learn.wwl.tides:2024-11-02"].statement
    assert path is not None
    assert path.image == "https://learn.test/training/achievements/tides.svg"
    assert (path.kind, path.licence) == ("LearningProgram", "")
    assert len(learn.requests) == 1


def test_what_was_taken_back_says_so_and_is_no_badge(
    learn: microsoft_learn.MicrosoftLearn, fetch: Fetch
) -> None:
    row = next(one for one in found(READER, learn.share, fetch) if one.key.endswith("000004"))
    assert (row.statement, row.data, row.url) == (None, b"", "")
    assert "taken back" in row.reason


def test_every_statement_is_a_badge_that_can_be_read(
    learn: microsoft_learn.MicrosoftLearn, fetch: Fetch
) -> None:
    for one in found(READER, learn.share, fetch):
        if one.statement:
            document = parse.read(statement.document(one.statement, reader=READER.name))
            assert parse.credential(document).name == one.label


def test_nothing_private_comes_along_and_the_key_stays_where_it_is(
    learn: microsoft_learn.MicrosoftLearn, fetch: Fetch
) -> None:
    recognised = seen(READER, learn.share)
    assert recognised is not None
    assert SHARE not in recognised.words
    yielded = repr(list(READER.find(recognised.answers, fetch=fetch)))
    assert not [secret for secret in (*PRIVATE.values(), SHARE) if secret in yielded]


def test_other_spellings_of_the_keys_are_read(
    learn: microsoft_learn.MicrosoftLearn, fetch: Fetch
) -> None:
    fine = {one.key: one for one in found(READER, learn.share, fetch)}
    learn.mode = Mode.ODD
    odd = {one.key: one for one in found(READER, learn.share, fetch)}
    key = "certification:AB12CD-000001"
    assert odd[key] == fine[key]
    skill = odd["applied-skill:7"].statement
    assert skill is not None
    assert (skill.name, skill.issued_on) == ("Moor a ship in a gale", None)
    assert len(odd) == 2


@pytest.mark.parametrize("mode", [Mode.FINE, Mode.SLOW, Mode.DEAD_IMAGES])
def test_these_moods_change_nothing(
    learn: microsoft_learn.MicrosoftLearn, fetch: Fetch, mode: Mode
) -> None:
    learn.mode, learn.delay = mode, 0.05
    assert len(found(READER, learn.share, fetch)) == 7


@pytest.mark.parametrize("mode", [Mode.REFUSING, Mode.BROKEN, Mode.THROTTLED])
def test_another_time_may_help(
    learn: microsoft_learn.MicrosoftLearn, fetch: Fetch, mode: Mode
) -> None:
    learn.mode = mode
    with pytest.raises(Unreachable, match="at the moment"):
        found(READER, learn.share, fetch)
    if mode is Mode.THROTTLED:
        assert len(found(READER, learn.share, fetch)) == 7


@pytest.mark.parametrize(
    ("mode", "words"),
    [
        (Mode.HTML, "web page"),
        (Mode.TRUNCATED, "web page"),
        (Mode.GONE, "still shared"),
        (Mode.EMPTY, "3 modules"),
    ],
)
def test_it_says_in_words_why_there_is_nothing(
    learn: microsoft_learn.MicrosoftLearn, fetch: Fetch, mode: Mode, words: str
) -> None:
    learn.mode = mode
    with pytest.raises(Nothing, match=words):
        found(READER, learn.share, fetch)


def test_modules_alone_are_no_badges(learn: microsoft_learn.MicrosoftLearn, fetch: Fetch) -> None:
    with pytest.raises(Nothing, match="not brought over"):
        found(READER, learn.share.replace(SHARE, BARE), fetch)


def test_a_site_that_is_read_no_more_is_not_asked(fetch: Fetch) -> None:
    answers = {"host": "evil.test", "name": "", "share": SHARE}
    with pytest.raises(Nothing):
        list(READER.find(answers, fetch=fetch))


def test_no_answer_is_too_odd() -> None:
    """Whatever stands in one place of the answer, what comes out is rows or words."""
    answers = {"host": "learn.test", "name": "", "share": SHARE}
    whole = microsoft_learn.transcript() | {"modulesCompleted": microsoft_learn.modules(1)}
    whole["certificationData"]["historicalCertifications"] = []
    del whole["certificationData"]["activeCertifications"][1:]
    count = 0
    for value in variants(whole):
        body = json.dumps(value).encode()

        def fetch(url: str, body: bytes = body, **how: object) -> Fetched:
            return Fetched(url, url, 200, "application/json", body)

        rows: list[Found] = []
        with suppress(OpenBadgesError):
            rows = list(READER.find(answers, fetch=fetch))
        for one in rows:
            assert 0 < len(one.key) <= 300
            assert 0 < len(one.label) <= 500
            if one.statement:
                fields = dataclasses.asdict(one.statement)
                assert fields["image"] == "" or fields["image"].startswith("https://")
                statement.document(one.statement, reader=READER.name)
        count += 1
    assert count > 400
