"""Credly on this machine: a profile with its feed, and every badge's credential beneath it.

    with Credly() as credly:
        credly.badges.append(badge(65))            a badge more at the next look
        credly.badges[0].criteria = "Tie ten."     its class says something else now
        credly.badges[0].revoked = "By mistake"    and is taken back (`as_410` says how)

Everything the feed names can be checked: assertions with their classes, issuers and pictures,
and the same badges as signed Open Badges 3.0 credentials. `Mode.ODD` is Credly after a move:
what it serves calls itself by another host, what was revoked says so with 200, the feed names
its issuers in one sentence and its skills in bare words.
"""

import re
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from badges.openbadges import keys, proofs, recipient
from tests.simulators.base import (
    NOT_THERE,
    Answer,
    Mode,
    Request,
    Simulator,
    data,
    page,
    png,
)

USER = "ada.lovelace"
ADA = "ada@example.org"
SECRET = "ada.private@home.example"  # in the feed, where nobody should look
PER_PAGE = 24
KEY = keys.generate()
SCHOOLS = ("Harbour School", "Tidewater College", "Guild of Riggers", "Lantern Institute")
CRAFTS = ("Rope work", "Chart reading", "Signal flags", "Sail making", "Tide tables", "First aid")


@dataclass
class Badge:
    """One badge that somebody holds, with the template that it was made from."""

    number: int
    name: str
    issuer: str
    email: str = ADA
    description: str = "Shown at sea and on land."
    criteria: str = "Attend six evenings"
    issued_on: str = "2025-03-14"
    expires_on: str = ""
    revoked: str = ""  # why it was taken back
    as_410: bool = True  # and whether its address says so by 410 alone
    served: bool = True  # whether its credential is at its address
    partner: str = ""  # a second party, and
    label: str = "Authorized by"  # how the page introduces it
    skills: tuple[str, ...] = ("Seamanship", "Teamwork")
    alignments: tuple[tuple[str, str], ...] = ()
    evidence: str = ""
    category: str = "Learning"
    state: str = "accepted"
    changes: dict[str, Any] = field(default_factory=dict)  # to its entry in the feed

    @property
    def id(self) -> str:
        return f"c1ed0000-0000-4000-8000-{self.number:012d}"

    @property
    def template(self) -> str:
        return f"7e410000-0000-4000-8000-{self.number:012d}"

    @property
    def school(self) -> str:
        return str(uuid.uuid5(uuid.NAMESPACE_DNS, self.issuer))


def badge(number: int, **changes: Any) -> Badge:
    """A badge of its own for every number, as plain as they come."""
    made = Badge(
        number=number,
        name=f"{CRAFTS[number % len(CRAFTS)]}, part {number}",
        issuer=SCHOOLS[number % len(SCHOOLS)],
        issued_on=f"2025-{1 + number % 12:02d}-{1 + number % 28:02d}",
    )
    for name, value in changes.items():
        setattr(made, name, value)
    return made


ONE_NAME = "Introduction to Knots"
SPECIAL: dict[int, dict[str, Any]] = {
    3: {"expires_on": "2099-12-31", "category": "Certification"},
    5: {"expires_on": "2025-09-01"},
    6: {"revoked": "Issued in error"},
    7: {"revoked": "The exam was not sat", "as_410": False},
    8: {"served": False, "alignments": (("Seafaring", "https://skills.test/seafaring"),)},
    9: {"email": "a.lovelace@work.example"},
    10: {"partner": "Guild of Riggers"},
    11: {"name": ONE_NAME, "issuer": "Harbour School"},
    12: {"name": ONE_NAME, "issuer": "Lantern Institute"},
    13: {"evidence": "A net of forty knots"},
}
EXPIRED, REVOKED, REVOKED_WITH_200, NOT_SERVED, OTHER_ADDRESS, TWO_PARTIES = 5, 6, 7, 8, 9, 10


class Credly(Simulator):
    reader = "credly"
    host = "credly.test"

    def __init__(self, port: int = 0) -> None:
        super().__init__(port)
        self.badges = [badge(number, **SPECIAL.get(number, {})) for number in range(1, 65)]

    @property
    def allow(self) -> str:
        """Also the name by which what it serves may call itself."""
        return f"{super().allow},www.{super().allow}"

    @property
    def home(self) -> str:
        """Where the documents say that they live."""
        return f"https://www.{self.host}" if self.mode is Mode.ODD else self.url

    def answer(self, request: Request) -> Answer:
        for pattern, what in PATHS:
            if found := re.fullmatch(pattern, request.path):
                return what(self, request, *found.groups())
        return NOT_THERE

    def by(self, name: str, value: str) -> Badge | None:
        return next((one for one in self.badges if getattr(one, name) == value), None)

    # --- The profile

    def feed(self, request: Request, user: str) -> Answer:
        if user.split(".758389b9")[0] != USER:
            return NOT_THERE
        number = int(request.query.get("page", "1"))
        held = [] if self.mode is Mode.EMPTY else self.badges
        pages = -(-len(held) // PER_PAGE)
        entries = [self.entry(one) for one in held[(number - 1) * PER_PAGE : number * PER_PAGE]]
        following = f"{self.url}/users/{user}/badges.json?page={number + 1}"
        return data(
            {
                "data": entries,
                "metadata": {
                    "count": len(entries),
                    "current_page": number,
                    "total_count": len(held),
                    "total_pages": pages,
                    "per": PER_PAGE,
                    "previous_page_url": None,
                    "next_page_url": following if number < pages else None,
                },
            }
        )

    def entry(self, one: Badge) -> dict[str, Any]:
        odd = self.mode is Mode.ODD
        image = f"{self.url}/images/{one.template}/blob.png"
        parties = [self.party(one.issuer, one.school, "Issued by", primary=True)]
        if one.partner:  # first, so that only `primary` tells who is the issuer
            parties.insert(0, self.party(one.partner, "0" * 36, one.label, primary=False))
        issuer: dict[str, Any] = {"summary": f"issued by {one.issuer}", "entities": parties}
        if odd:
            del issuer["entities"]
        return {
            "id": one.id.upper() if odd else one.id,
            "issued_to": "Ada Lovelace",
            "issued_at_date": one.issued_on,
            "issued_at": f"{one.issued_on}T09:00:00.000Z",
            "expires_at_date": one.expires_on or None,
            "expires_at": None,
            "state": one.state,
            "public": True,
            "is_private_badge": False,
            "user_is_earner": False,
            "earner_path": f"/users/{USER}",
            "earner_photo_url": f"{self.url}/photos/ada.jpg",
            "earner_email": SECRET,
            "issuer": issuer,
            "badge_template": {
                "id": one.template,
                "name": one.name,
                "description": one.description,
                "type_category": one.category,
                "url": f"{self.url}/org/harbour/badge/{one.number}",
                "global_activity_url": None,
                "image": {"id": one.template, "url": image},
                "image_url": image,
                "issuer": issuer,
                "skills": (
                    list(one.skills)
                    if odd
                    else [{"id": one.template, "name": name} for name in one.skills]
                ),
                "alignments": [{"name": name, "url": url} for name, url in one.alignments],
                "badge_template_activities": [{"activity_type": "Course", "title": one.criteria}],
                "endorsements": [],
            },
            "image": {"id": one.template, "url": image},
            "image_url": image,
            "evidence": [{"type": "TextEvidence", "title": one.evidence}] if one.evidence else [],
            "recommendations": [],
            **one.changes,
        }

    def party(self, name: str, id: str, label: str, *, primary: bool) -> dict[str, Any]:
        slug = name.lower().replace(" ", "-")
        entity = {
            "type": "Organization",
            "id": id,
            "name": name,
            "url": f"{self.url}/org/{slug}",
            "vanity_url": f"{self.url}/organizations/{slug}/badges",
        }
        return {"label": label, "primary": primary, "entity": entity}

    # --- Pages for people

    def people(self, request: Request, *_: str) -> Answer:
        return page("<!doctype html><title>Credly</title><div id=root></div>")

    def badge_page(self, request: Request, own: str) -> Answer:
        if request.headers.get("accept", "").startswith("application/json"):
            return Answer(b"", 500, "text/html")
        one = self.by("id", own.lower())
        told = one and f"{one.name} was issued by {one.issuer} to Ada Lovelace."
        meta = f'<meta property="og:title" content="{told}">' if told else ""
        return page(f"<!doctype html><title>Credly</title>{meta}<div id=root></div>")

    def image(self, request: Request, template: str) -> Answer:
        one = self.by("template", template)
        return Answer(png(one.number), content_type="image/png") if one else NOT_THERE

    # --- Open Badges 2.0

    def assertion(self, request: Request, own: str) -> Answer:
        one = self.by("id", own.lower())
        if one is None or not one.served:
            return NOT_THERE
        id = f"{self.home}/api/v1/obi/v2/badge_assertions/{one.id}"
        head = {"@context": "https://w3id.org/openbadges/v2", "type": "Assertion", "id": id}
        if one.revoked:
            body = head | {"revoked": True, "revocationReason": one.revoked}
            return data(body, status=410 if one.as_410 and self.mode is not Mode.ODD else 200)
        body = {
            **head,
            "badge": f"{self.home}/api/v1/obi/v2/issuers/{one.school}/badge_classes/{one.template}",
            "evidence": [],
            "issuedOn": f"{one.issued_on}T09:00:00.000Z",
            "recipient": {
                "type": "email",
                "hashed": True,
                "identity": recipient.hash(one.email),  # without a salt, as on the real one
            },
            "verification": {"type": "hosted"},
        }
        return data(body | ({"expires": f"{one.expires_on}T00:00:00Z"} if one.expires_on else {}))

    def badge_class(self, request: Request, school: str, template: str) -> Answer:
        one = self.by("template", template)
        if one is None:
            return NOT_THERE
        issuer = f"{self.home}/api/v1/obi/v2/issuers/{school}"
        return data(
            {
                "@context": "https://w3id.org/openbadges/v2",
                "type": "BadgeClass",
                "id": f"{issuer}/badge_classes/{template}",
                "name": one.name,
                "description": one.description,
                "image": {"id": f"{self.home}/images/{template}/blob.png"},
                "criteria": {"narrative": one.criteria},
                "tags": list(one.skills),
                "issuer": issuer,
            }
        )

    def issuer(self, request: Request, school: str) -> Answer:
        one = self.by("school", school)
        if one is None:
            return NOT_THERE
        return data(
            {
                "@context": "https://w3id.org/openbadges/v2",
                "type": "Issuer",
                "id": f"{self.home}/api/v1/obi/v2/issuers/{school}",
                "name": one.issuer,
                "url": self.home,
            }
        )

    # --- Open Badges 3.0

    def did(self, school: str) -> str:
        return f"did:web:{self.host}:api:v1:obi:v3:issuers:{school}"

    def credential(self, request: Request, own: str) -> Answer:
        one = self.by("id", own.lower())
        if one is None or not one.served or one.revoked:
            return NOT_THERE
        issuer = self.did(one.school)
        unsigned = {
            "@context": [
                "https://www.w3.org/ns/credentials/v2",
                "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json",
            ],
            "id": f"{self.url}/api/v1/obi/v3/open_badge_credentials/{one.id}",
            "type": ["VerifiableCredential", "OpenBadgeCredential"],
            "issuer": {"id": issuer, "type": ["Profile"], "name": one.issuer},
            "validFrom": f"{one.issued_on}T09:00:00Z",
            "name": one.name,
            "credentialSubject": {
                "type": ["AchievementSubject"],
                "identifier": [
                    {
                        "type": "IdentityObject",
                        "identityType": "emailAddress",
                        "hashed": True,
                        "salt": "salt",
                        "identityHash": recipient.hash(one.email, "salt"),
                    }
                ],
                "achievement": {
                    "id": f"{self.url}/api/v1/obi/v3/achievements/{one.template}",
                    "type": ["Achievement"],
                    "name": one.name,
                    "description": one.description,
                    "criteria": {"narrative": one.criteria},
                    "image": {"id": f"{self.url}/images/{one.template}/blob.png", "type": "Image"},
                },
            },
        }
        signed_at = datetime(2025, 12, 31, tzinfo=UTC)
        return data(proofs.sign(unsigned, KEY, f"{issuer}#key-1", signed_at))

    def did_document(self, request: Request, school: str) -> Answer:
        issuer = self.did(school)
        method = {
            "id": f"{issuer}#key-1",
            "type": "Multikey",
            "controller": issuer,
            "publicKeyMultibase": keys.to_multikey(KEY.public_key()),
        }
        return data({"id": issuer, "assertionMethod": [method]})


PATHS = (
    (r"/users/([^/]+)/badges\.json", Credly.feed),
    (r"/users/[^/]+(?:/.*)?", Credly.people),
    (r"/badges/([^/]+)(?:/.*)?", Credly.badge_page),
    (r"/images/([^/]+)/blob\.png", Credly.image),
    (r"/(?:api/)?v1/obi/v2/badge_assertions/([^/]+)", Credly.assertion),
    (r"/api/v1/obi/v2/issuers/([^/]+)/badge_classes/([^/]+)", Credly.badge_class),
    (r"/api/v1/obi/v2/issuers/([^/]+)", Credly.issuer),
    (r"/api/v1/obi/v3/open_badge_credentials/([^/]+)", Credly.credential),
    (r"/api/v1/obi/v3/issuers/([^/]+)/did\.json", Credly.did_document),
)
