"""Accredible on this machine: a wallet, its credentials, and the Open Badges of most of them.

    with Accredible() as accredible:
        accredible.signature += 1      every link to a picture that was given before is dead now
        accredible.closed = True       its own pages' interface wants requests to be signed

A wallet is as heavy as a real one, drawings and all. `Mode.ODD` writes numbers as words, leaves
out titles that the group has as well, and names its badges' addresses on a host that is no more.
"""

import re
from dataclasses import dataclass
from typing import Any

from badges.openbadges import recipient
from tests.simulators.base import NOT_THERE, Answer, Mode, Request, Simulator, data, page, png

USER = "adalovelace"
PRIVATE_USER = "hidden"
ADA = "ada@example.org"
SECRET_KEY = "k3y-to-a-private-view"
WHO = "signed-words-about-the-holder"
SVG = "<svg>" + '<path d="M200,19.5 C99.8,19.5 18.7,100.6 18.7,200.7"/>' * 770 + "</svg>"
ISSUERS = ("Harbour School", "Tidewater College", "Lantern Institute")
TITLES = ("Cloud Harbour Basics", "Data on Deck", "Steady Hands", "Night Watch")


@dataclass
class Credential:
    number: int
    name: str
    issuer: str
    email: str = ADA
    description: str = "Six evenings and an exam."
    outcomes: tuple[str, ...] = ("Reads a chart", "Plots a course")
    issued_on: str = "2025-02-03"
    expires_on: str = ""
    revoked: str = ""
    private: bool = False
    is_badge: bool = True  # otherwise a certificate alone, without an Open Badge
    skills: tuple[str, ...] = ("Navigation",)

    @property
    def uuid(self) -> str:
        return f"acc0ed00-0000-4000-8000-{self.number:012d}"

    @property
    def id(self) -> int:
        return 10_000_000 + self.number


def credential(number: int, **changes: Any) -> Credential:
    """A credential of its own for every number, as plain as they come."""
    made = Credential(
        number=number,
        name=f"{TITLES[number % len(TITLES)]} {number}",
        issuer=ISSUERS[number % len(ISSUERS)],
        issued_on=f"2025-{1 + number % 12:02d}-{1 + number % 28:02d}",
    )
    for name, value in changes.items():
        setattr(made, name, value)
    return made


SPECIAL: dict[int, dict[str, Any]] = {
    3: {"expires_on": "2025-09-01"},
    4: {"revoked": "Issued in error"},
    5: {"private": True},
    6: {"is_badge": False},
    7: {"email": "a.lovelace@work.example"},
    8: {"is_badge": False, "revoked": "The exam was not sat"},
}
EXPIRED, REVOKED, PRIVATE, CERTIFICATE, OTHER_ADDRESS, REVOKED_CERTIFICATE = 3, 4, 5, 6, 7, 8


class Accredible(Simulator):
    reader = "accredible"
    host = "accredible.test"

    def __init__(self, port: int = 0) -> None:
        super().__init__(port)
        self.credentials = [
            credential(number, **SPECIAL.get(number, {})) for number in range(1, 25)
        ]
        self.signature = 1
        self.closed = False

    def answer(self, request: Request) -> Answer:
        if self.closed and request.path.startswith("/v1/credential-net/"):
            return data({"errors": ["Signature missing"]}, status=401)
        for pattern, what in PATHS:
            if found := re.fullmatch(pattern, request.path):
                return what(self, request, *found.groups())
        return NOT_THERE

    def named(self, id: str) -> Credential | None:
        return next(
            (one for one in self.credentials if id.lower() in {one.uuid, str(one.id)}), None
        )

    # --- What its own pages ask

    def wallet(self, request: Request, user: str) -> Answer:
        if user not in {USER, PRIVATE_USER}:
            return NOT_THERE
        empty = self.mode is Mode.EMPTY or user == PRIVATE_USER
        shown = [] if empty else [one for one in self.credentials if not one.private]
        return data(
            {
                "data": {
                    "name": "Ada Lovelace",
                    "username": user,
                    "avatar": f"{self.url}/avatars/ada.jpg",
                    "social_media": {},
                    "credentials": [self.told(one) for one in shown],
                }
            }
        )

    def one(self, request: Request, id: str) -> Answer:
        one = self.named(id)
        if one is None:
            return data({"errors": ["not found"]}, status=404)
        hidden = one.private or self.mode is Mode.EMPTY
        return data({"data": {} if hidden else self.told(one)})

    def told(self, one: Credential) -> dict[str, Any]:
        odd = self.mode is Mode.ODD
        host = "https://old-accredible.test" if odd else self.url
        badge = f"{host}/v1/obi/badge_assertions/{one.uuid}" if one.is_badge else None
        return {
            "id": str(one.id) if odd else one.id,
            "group_id": 500 + one.number,
            "language": "en",
            "approve": True,
            "private": False,
            "private_key": SECRET_KEY,
            "grade": None,
            "issued_on": one.issued_on,
            "published_on": one.issued_on,
            "expired_on": one.expires_on or None,
            "revoked_at": "2025-10-01T10:00:00Z" if one.revoked else None,
            "encoded_id": f"aa{one.number:06d}",
            "uuid": one.uuid.upper() if odd else one.uuid,
            "name": None if odd else one.name,
            "description": None if odd else one.description,
            "complete": True,
            "learning_outcomes": [] if odd else list(one.outcomes),
            "course_link": f"{self.url}/courses/{one.number}?aad={WHO}",
            "custom_attributes": {"text1": one.name},
            "url": f"{self.url}/{one.uuid}?key={SECRET_KEY}",
            "expired": bool(one.expires_on),
            "expired?": bool(one.expires_on),
            "badge?": one.is_badge,
            "badge_assertion_url": badge,
            "badge_image": f"{self.url}/images/{one.number}.png?signature={self.signature}",
            "opengraph_image": f"{self.url}/cards/{one.number}",
            "skills": [{"name": name} for name in one.skills],
            "recipient": {"name": "Ada Lovelace", "email": "a**@e******.org", "id": WHO},
            "issuer": {
                "id": 30 + one.number,
                "name": one.issuer,
                "url": f"{self.url}/schools/{ISSUERS.index(one.issuer)}",
                "support_contact_email": "help@harbour.example",
                "recipient_functions": {"change_privacy": "private"},
            },
            "group": {
                "course_name": one.name,
                "course_description": one.description,
                "learning_outcomes": list(one.outcomes) if odd else None,
                "badge_design": {"kind": "badge", "svg": SVG},
            },
        }

    # --- Pages for people, pictures, Open Badges 2.0

    def people(self, request: Request, *_: str) -> Answer:
        return page("<!doctype html><title>Credential</title><div id=root></div>")

    def image(self, request: Request, number: str) -> Answer:
        if request.query.get("signature") != str(self.signature):
            return Answer(b"<Error>AccessDenied</Error>", 403, "application/xml")
        return Answer(png(int(number)), content_type="image/png")

    def assertion(self, request: Request, uuid: str) -> Answer:
        one = self.named(uuid)
        if one is None or not one.is_badge or one.private:
            return NOT_THERE
        head = {
            "@context": "https://w3id.org/openbadges/v2",
            "type": "Assertion",
            "id": f"{self.url}/v1/obi/badge_assertions/{one.uuid}",
        }
        if one.revoked:
            return data(head | {"revoked": True, "revocationReason": one.revoked})
        body = {
            **head,
            "badge": f"{self.url}/v1/obi/badge_classes/{one.uuid}",
            "recipient": {
                "type": "email",
                "hashed": True,
                "salt": "sea",
                "identity": recipient.hash(one.email, "sea"),
            },
            "issuedOn": f"{one.issued_on}T00:00:00Z",
            "verification": {"type": "hosted"},
        }
        return data(body | ({"expires": f"{one.expires_on}T00:00:00Z"} if one.expires_on else {}))

    def badge_class(self, request: Request, uuid: str) -> Answer:
        one = self.named(uuid)
        if one is None:
            return NOT_THERE
        return data(
            {
                "@context": "https://w3id.org/openbadges/v2",
                "type": "BadgeClass",
                "id": f"{self.url}/v1/obi/badge_classes/{one.uuid}",
                "name": one.name,
                "description": one.description,
                "criteria": {"narrative": "\n".join(one.outcomes)},
                "issuer": f"{self.url}/v1/obi/issuers/{ISSUERS.index(one.issuer)}",
            }
        )

    def issuer(self, request: Request, number: str) -> Answer:
        return data(
            {
                "@context": "https://w3id.org/openbadges/v2",
                "type": "Issuer",
                "id": f"{self.url}/v1/obi/issuers/{number}",
                "name": ISSUERS[int(number)],
                "url": self.url,
            }
        )


PATHS = (
    (r"/v1/credential-net/users/([^/]+)/user_wallet", Accredible.wallet),
    (r"/v1/credential-net/credentials/([^/]+)", Accredible.one),
    (r"/v1/obi/badge_assertions/([^/]+)", Accredible.assertion),
    (r"/v1/obi/badge_classes/([^/]+)", Accredible.badge_class),
    (r"/v1/obi/issuers/([0-2])", Accredible.issuer),
    (r"/images/([0-9]+)\.png", Accredible.image),
    (r"/profile/[^/]+(?:/.*)?", Accredible.people),
    (r"/[0-9a-fA-F-]+", Accredible.people),
)
