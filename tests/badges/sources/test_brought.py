"""The whole way: a link is pasted, its platform is asked, and each badge stands there checked."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.test import override_settings

from accounts.models import User
from badges import sources
from badges.fetch import Fetcher, Policy, openings
from badges.models import Badge, ImportItem, ImportJob, Recipient, Result, Trust
from badges.openbadges.fetching import Fetch, offline
from badges.services import imports, verification
from badges.services.web import Web
from tests.badges.conftest import NOW, Clock
from tests.badges.test_imports import run
from tests.simulators.awards import Award
from tests.simulators.badgr import COLLECTION, Badgr
from tests.simulators.base import Mode, Simulator
from tests.simulators.moodle import HASHES, Moodle
from tests.simulators.open_badge_factory import OpenBadgeFactory
from tests.simulators.open_badge_passport import GONE, OpenBadgePassport

pytestmark = pytest.mark.django_db
NEW = "99Qx7LkTRsW4aZ_p-eVb9g"


@pytest.fixture(autouse=True)
def _readers() -> Iterator[None]:
    """Readers keep the hosts that the site was started with."""
    sources.readers.cache_clear()
    yield
    sources.readers.cache_clear()


@contextmanager
def reached(*simulators: Simulator) -> Iterator[Fetch]:
    """A site that reaches these, and finds nobody under any other name of nobody's."""
    hosts: dict[str, dict[str, str]] = {}
    for one in simulators:
        hosts.setdefault(one.reader, {})[one.host] = one.host
    private, stand_ins = openings([one.allow for one in simulators])
    policy = Policy(private=frozenset(private), stand_ins=stand_ins)
    with override_settings(SOURCE_HOSTS=hosts), Fetcher(policy, reserved=offline({})) as fetch:
        yield fetch


def bring(user: User, text: str, *simulators: Simulator) -> ImportJob:
    with reached(*simulators) as fetch:
        job = imports.start(user=user, uploads=[], text=text, now=NOW, adds=True)
        return run(job, fetch, Clock())


def outcome(job: ImportJob) -> Counter[tuple[str, str]]:
    """How many rows there are of each state, with the result of the badge."""
    rows = job.items.values_list("state", "badge__result")
    return Counter((state, result or "") for state, result in rows)


def test_a_collection_comes_over_and_is_not_taken_twice(ada: User) -> None:
    link = f"https://badgr.test/public/collections/{COLLECTION}?identity__email=ada@example.org"
    with Badgr() as badgr:
        assert outcome(bring(ada, link, badgr)) == {
            ("opened", ""): 1,
            ("added", "valid"): 10,
            ("added", "expired"): 1,
        }
        badgr.awards.append(Award(NEW, "Anchoring"))
        badgr.collections[COLLECTION].append(NEW)
        again = outcome(bring(ada, link, badgr))
        assert again[("added", "valid")] == 1
        assert again[("already", "valid")] == 10
    badge = Badge.objects.get(name="Knots and splices")
    assert (badge.trust, badge.recipient) == (Trust.HOSTED, Recipient.OWNER)
    assert badge.picture is not None
    assert Badge.objects.get(name="First aid afloat").recipient == Recipient.OTHER
    kept = [*ImportItem.objects.exclude(kind="url").values(), *Badge.objects.values()]
    assert "identity__email" not in str(kept)


@pytest.mark.parametrize("edition", [5, 4, 2])
def test_badges_of_a_moodle_come_over_by_their_pages(ada: User, edition: int) -> None:
    with Moodle(edition=edition, folder="/campus") as moodle:
        text = "\n".join(map(moodle.page_of, HASHES[:5]))
        job = bring(ada, text, moodle)
        assert outcome(job) == {
            ("added", "valid"): 3,
            ("added", "expired"): 1,
            ("refused", ""): 1,
        }
        assert "withdrawn" in job.items.get(state="refused").reason
        moodle.mode = Mode.ODD
        job = bring(ada, moodle.page_of(HASHES[5]), moodle)
    assert "signed in" in job.items.get().reason
    assert Badge.objects.filter(recipient=Recipient.OWNER, trust=Trust.HOSTED).exists()


def test_a_badge_outlives_the_upgrade_of_its_moodle(ada: User) -> None:
    with Moodle(edition=4) as moodle:
        bring(ada, moodle.page_of(HASHES[0]), moodle)
        badge = Badge.objects.get()
        moodle.edition = 5
        with reached(moodle) as fetch:
            verification.check(badge=badge, web=Web(fetch, Clock()), now=NOW)
    badge.refresh_from_db()
    assert badge.result == Result.VALID


def test_a_passport_brings_what_others_host(ada: User) -> None:
    with OpenBadgePassport() as passport, OpenBadgeFactory() as factory:
        job = bring(ada, "https://openbadgepassport.test/app/profile/77", passport, factory)
    assert outcome(job) == {
        ("opened", ""): 1,
        ("added", "valid"): 6,
        ("added", "expired"): 1,
        ("refused", ""): 1,  # the factory took it back
        ("waiting", ""): 1,  # its host may answer later; then the passport's word has to do
    }
    waiting = job.items.get(state="waiting")
    assert (waiting.url, waiting.label) == (GONE, "Lighthouse keeping")
    assert waiting.statement is not None
    assert waiting.statement["issuer"] == "Harbour College"
