"""What a learner tries with each platform: what they paste and see, and how it goes wrong.

`tests/e2e/test_sources.py` plays each of these in a browser, and `python -m tests.simulators`
prints their links for people. A new platform is one row of `STORIES`.

`groups` says how many rows stand under which heading of the preview; `chip` is what the row of
`badge` says it rests on. `worst` is how the platform feels at the second try, `told` what the
learner reads then.
"""

import io
import json
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from tests.credentials import Signer
from tests.simulators import badgr, credly, linkedin, microsoft_learn, moodle, open_badge_factory
from tests.simulators.accredible import Accredible, credential
from tests.simulators.badgr import Badgr
from tests.simulators.base import Mode, Simulator
from tests.simulators.courses import Coursera, EdX, LinkedInLearning, Udemy
from tests.simulators.credly import Credly
from tests.simulators.microsoft_learn import MicrosoftLearn
from tests.simulators.moodle import Moodle
from tests.simulators.open_badge_factory import OpenBadgeFactory
from tests.simulators.open_badge_passport import ADAS, OpenBadgePassport
from tests.site import Backend

ADA = "ada@example.org"
PLATFORMS: tuple[type[Simulator], ...] = (
    Credly,
    Accredible,
    Badgr,
    OpenBadgeFactory,
    OpenBadgePassport,
    Moodle,
    MicrosoftLearn,
    Coursera,
    EdX,
    Udemy,
    LinkedInLearning,
)


@dataclass(frozen=True)
class Story:
    name: str
    platform: type[Simulator] | None  # none for files, which need nobody
    seen: str
    groups: Mapping[str, int]
    badge: str
    chip: str
    told: str
    link: Callable[[Any], str] = lambda simulator: ""
    files: Callable[[], Mapping[str, bytes]] = dict
    worst: Mode = Mode.GONE
    worst_files: Callable[[], Mapping[str, bytes]] = dict
    on: tuple[Backend, ...] = ("sqlite",)


def archive(**members: bytes) -> bytes:
    """A ZIP with these files in a folder."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for name, data in members.items():
            made.writestr(f"my badges/{name.replace('__', '.')}", data)
    return out.getvalue()


def badges_in_a_zip() -> Mapping[str, bytes]:
    signer = Signer("Harbour College")
    members = {f"badge-{n}__png": signer.baked(n, email=ADA) for n in range(2)}
    return {
        "badges.zip": archive(**members, third__json=signer.file(7, email=ADA), read__txt=b"Hello")
    }


def backpack_export() -> Mapping[str, bytes]:
    """A group of the first backpack, whose own sites are gone."""
    badge = {
        "name": "Knot tier",
        "description": "Ties ten knots.",
        "criteria": "https://long-gone.test/criteria",
        "image": "https://long-gone.test/knots.png",
        "issuer": {"name": "Harbour Makers", "origin": "https://long-gone.test"},
    }
    assertion = {
        "recipient": ADA,
        "issued_on": "2013-05-06",
        "badge": badge,
    }
    group = {"userId": 1, "groupId": 2, "badges": [{"assertion": assertion, "hostedUrl": None}]}
    return {"backpack.json": json.dumps(group).encode()}


def linkedin_export() -> Mapping[str, bytes]:
    """What a member in Germany gets. One row links to Credly, and so rises above the export."""
    link = f"{Credly.host}/badges/{credly.badge(1).id}"
    rows = [
        ("Chart reading", f"https://{link}", "Tidewater College", "März 2022", "", ""),
        *linkedin.certifications("de")[1:3],
    ]
    certifications = linkedin.table(linkedin.CERTIFICATIONS, rows)
    path = f"{linkedin.FOLDER}/Certifications.csv"
    return {
        "export.zip": linkedin.export(
            "de", without=["Certifications.csv"], more={path: certifications}
        )
    }


STORIES = (
    Story(
        name="a whole Credly profile",
        platform=Credly,
        link=lambda one: f"{one.url}/users/{credly.USER}",
        seen="Credly profile ada.lovelace",
        groups={"new": 60, "other": 1, "expired": 1, "revoked": 1, "refused": 1},
        badge="Chart reading, part 1",
        chip="Checked with credly.test",
        worst=Mode.EMPTY,
        told="Is the profile public?",
        on=("sqlite", "servers"),
    ),
    Story(
        name="one badge of Credly",
        platform=Credly,
        link=lambda one: f"{one.url}/badges/{credly.badge(1).id}/public_url",
        seen="Credly badge",
        groups={"new": 1},
        badge="Chart reading, part 1",
        chip="Checked with credly.test",
        worst=Mode.HTML,
        told="This link opens a web page, not a badge.",
    ),
    Story(
        name="a wallet of Accredible",
        platform=Accredible,
        link=lambda one: f"{one.url}/profile/adalovelace/wallet",
        seen="Accredible wallet of adalovelace",
        groups={"new": 19, "other": 1, "expired": 1, "revoked": 1},
        badge="Steady Hands 6",
        chip="Accredible’s site says so, seen on",
        worst=Mode.EMPTY,
        told="switch it on under “Change Privacy”",
    ),
    Story(
        name="one credential of Accredible",
        platform=Accredible,
        link=lambda one: f"{one.url}/{credential(1).uuid}",
        seen="Accredible credential",
        groups={"new": 1},
        badge="Data on Deck 1",
        chip="Checked with accredible.test",
        worst=Mode.GONE,
        told="Accredible shows nothing there.",
    ),
    Story(
        name="a collection of Badgr",
        platform=Badgr,
        link=lambda one: f"{one.url}/public/collections/{badgr.COLLECTION}",
        seen="public Badgr collection on badgr.test",
        groups={"new": 9, "other": 1, "expired": 1},
        badge="Sail repair",
        chip="Checked with badgr.test",
        worst=Mode.ODD,
        told="Revoked",
    ),
    Story(
        name="one badge of Open Badge Factory",
        platform=OpenBadgeFactory,
        link=lambda one: f"{one.url}/v1/assertion/{open_badge_factory.SHAS[0]}",
        seen="Open Badge Factory badge",
        groups={"new": 1},
        badge="Knots and splices",
        chip="Checked with openbadgefactory.test",
        worst=Mode.GONE,
        told="Open Badge Factory shows nothing there.",
    ),
    Story(
        name="an Open Badge Passport profile",
        platform=OpenBadgePassport,
        link=lambda one: f"{one.url}/app/profile/{ADAS}",
        seen="Open Badge Passport profile 77",
        groups={"new": 6, "expired": 1, "refused": 1, "waiting": 1},
        badge="Sail repair",
        chip="Checked with openbadgepassport.test",
        worst=Mode.EMPTY,
        told="Only those that are public can be read.",
    ),
    Story(
        name="a badge of a school’s Moodle",
        platform=Moodle,
        link=lambda one: one.page_of(moodle.HASHES[0]),
        seen="Moodle badge on moodle.test",
        groups={"new": 1},
        badge="Knots and splices",
        chip="Checked with moodle.test",
        worst=Mode.ODD,
        told="only to people who have signed in",
    ),
    Story(
        name="a transcript of Microsoft Learn",
        platform=MicrosoftLearn,
        link=lambda one: f"{one.url}/en-us/users/ada-lovelace/transcript/{microsoft_learn.SHARE}",
        seen="Microsoft Learn transcript ada-lovelace",
        groups={"new": 5, "expired": 1, "refused": 1},
        badge="Harbour Fundamentals",
        chip="Microsoft Learn’s site says so, seen on",
        worst=Mode.GONE,
        told="is it still shared?",
    ),
    *(
        Story(
            name=f"a certificate of {title}",
            platform=kind,
            link=lambda one: str(one.certificate),
            seen=f"{title} certificate",
            groups={"new": 1},
            badge="Knots & Splices for Sailors",
            chip=f"{title}’s page names this course, seen on",
            worst=Mode.HTML,
            told=f"{title} shows a page there, but it names no course.",
        )
        for kind, title in (
            (Coursera, "Coursera"),
            (EdX, "edX"),
            (Udemy, "Udemy"),
            (LinkedInLearning, "LinkedIn Learning"),
        )
    ),
    Story(
        name="an export of LinkedIn",
        platform=None,
        files=linkedin_export,
        seen="export.zip",
        groups={"new": 5, "expired": 1},
        badge="Chart reading, part 1",
        chip="Checked with credly.test",
        worst_files=lambda: {
            "export.zip": linkedin.export("de", without=["Certifications.csv", "Learning.csv"])
        },
        told="Skills are no badges.",
    ),
    Story(
        name="badges in a ZIP",
        platform=None,
        files=badges_in_a_zip,
        seen="badges.zip",
        groups={"new": 3, "refused": 1},
        badge="Knots, part 1",
        chip="Signature checked",
        worst_files=lambda: {"cut.zip": badges_in_a_zip()["badges.zip"][:400]},
        told="This archive is damaged, or a part of it is missing.",
        on=("sqlite", "servers"),
    ),
    Story(
        name="an export of the first backpack",
        platform=None,
        files=backpack_export,
        seen="backpack.json",
        groups={"new": 1},
        badge="Knot tier",
        chip="Stated by the learner",
        worst_files=lambda: {"backpack.json": b'{"userId": 1, "groupId": 2, "badges": []}'},
        told="but not the badges in them",
    ),
)
