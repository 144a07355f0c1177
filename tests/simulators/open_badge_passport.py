"""Open Badge Passport, played on this machine: badges that others host, pages and a displayer.

`OpenBadgePassport.held` may change between looks. Most of what Ada holds, she made herself there;
a few come from the factory (`open_badge_factory`), which may run beside it, and one from a host
that is long gone. `Mode.ODD` answers as the Mozilla Backpack did: what is missing has status 200,
and badges without an address are shown as well.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tests.simulators import open_badge_factory as factory
from tests.simulators.awards import ADA, BOB, NAMES, Award
from tests.simulators.base import NOT_THERE, Answer, Mode, Request, Simulator, data, page, png

CONTEXT = "https://w3id.org/openbadges/v2"
FACTORY = f"https://{factory.OpenBadgeFactory.host}/v1/assertion"
GONE = "http://long-gone.test/assertions/9"
ADAS, BOBS = "77", "78"
GROUP = "5"
PAGE, LOCKED, INTERNAL = "900", "901", "902"


@dataclass
class Held:
    """One badge in somebody's passport; without `hosted`, the passport hosts it itself."""

    number: str
    award: Award
    user: str = ADAS
    hosted: str = ""
    visibility: str = "public"
    grouped: bool = False


class OpenBadgePassport(Simulator):
    reader = "open_badge_passport"
    host = "openbadgepassport.test"

    def __init__(self, port: int = 0) -> None:
        super().__init__(port)
        self.held = [
            Held(str(101 + n), Award(f"self-{n}", NAMES[n], salt="chest")) for n in range(8)
        ]
        self.held[0].grouped = self.held[1].grouped = True
        self.held[2].award.expires = "2026-02-01T00:00:00Z"
        self.held[3].visibility = "private"
        self.held[4].visibility = "internal"
        self.held += [
            Held("120", Award("f-0", NAMES[0]), hosted=f"{FACTORY}/{factory.SHAS[0]}"),
            Held("121", Award("f-3", NAMES[3]), hosted=f"{FACTORY}/{factory.SHAS[3]}"),
            Held("130", Award("gone", "Lighthouse keeping", issued="2013-05-06"), hosted=GONE),
            Held("140", Award("bob", NAMES[0], email=BOB, salt="chest"), user=BOBS),
        ]

    def answer(self, request: Request) -> Answer:
        parts = [part for part in request.path.removeprefix("/app").split("/") if part]
        match parts:
            case ["file", *_]:
                return Answer(png(5), content_type="image/png")
            case ["displayer", user, "groups.json"]:
                return self._groups(user)
            case ["displayer", user, "group", group]:
                return self._group(user, group.removesuffix(".json"))
            case ["obpv1", "badge", "info", number]:
                return self._info(number)
            case ["obpv1", "page", "view", number]:
                return self._page(number)
            case ["obpv1", "selfie", "_", kind, name]:
                return self._hosted(kind, name)
            case ["badge" | "profile" | "page" | "user", *_]:
                return page("<!doctype html><title>Open Badge Passport</title><div id=app>")
        return NOT_THERE

    # --- The displayer ---------------------------------------------------------------------------

    def _public(self, user: str) -> list[Held]:
        found = [one for one in self.held if one.user == user and one.visibility == "public"]
        return [] if self.mode is Mode.EMPTY else found

    def _missing(self) -> Answer:
        status = 200 if self.mode is Mode.ODD else 404
        return data({"httpStatus": 404, "status": "missing"}, status=status)

    def _groups(self, user: str) -> Answer:
        held = self._public(user)
        if not held:
            return self._missing()
        grouped = [one for one in held if one.grouped]
        groups = [{"groupId": int(GROUP), "name": "On the water", "badges": len(grouped)}]
        if self.mode is not Mode.ODD:
            groups.insert(0, {"groupId": 0, "name": "Public badges", "badges": len(held)})
        return data({"userId": int(user), "groups": groups})

    def _group(self, user: str, group: str) -> Answer:
        held = [one for one in self._public(user) if group == "0" or one.grouped]
        if not held or group not in {"0", GROUP}:
            return self._missing()
        entries = [self._entry(one) for one in held]
        if self.mode is Mode.ODD:
            for entry in entries:
                del entry["hostedUrl"], entry["assertion"]["verify"]
        return data({"userId": int(user), "groupId": int(group), "badges": entries})

    def _entry(self, one: Held) -> dict[str, Any]:
        issued = int(datetime.fromisoformat(f"{one.award.issued[:10]}T00:00:00Z").timestamp())
        picture = f"{self.url}/file/{one.number}.png"
        assertion: dict[str, Any] = {
            "uid": one.award.id,
            "recipient": one.award.recipient["identity"],
            "salt": one.award.salt,
            "_originalRecipient": one.award.recipient,
            "verify": {"type": "hosted", "url": self._where(one)},
            "issuedOn": issued,
            "issued_on": issued,
            "badge": {
                "name": one.award.name,
                "description": f"Has shown {one.award.name.lower()}.",
                "image": picture,
                "criteria": "https://harbour.example/criteria",
                "issuer": {
                    "name": "Harbour College",
                    "email": "badges@harbour.example",
                    "url": "https://harbour.example",
                    "origin": "https://harbour.example",
                },
            },
        }
        return {
            "lastValidated": "2026-02-01T00:00:00.000Z",
            "hostedUrl": self._where(one),
            "imageUrl": picture,
            "assertion": assertion,
        }

    def _where(self, one: Held) -> str:
        return one.hosted or f"{self.url}/app/obpv1/selfie/_/assertion/{one.number}"

    # --- Its own interface -----------------------------------------------------------------------

    def _info(self, number: str) -> Answer:
        one = next((one for one in self.held if one.number == number), None)
        if one is None or one.visibility == "private":
            return NOT_THERE
        if one.visibility == "internal":
            return data({}, status=401)
        found: dict[str, Any] = {
            "id": int(number),
            "user_id": int(one.user),
            "owner": int(one.user),
            "email": ADA,
            "first_name": "Ada",
            "last_name": "Lovelace",
            "assertion_url": self._where(one),
            "assertion_json": '{"recipient":{"identity":"ada@example.org"}}',
            "issued_on": int(datetime.fromisoformat(f"{one.award.issued[:10]}T00:00Z").timestamp()),
            "expires_on": None,
            "visibility": "public",
            "revoked": False,
            "obf_url": "https://openbadgefactory.test",
            "content": [
                {
                    "language_code": "en",
                    "default_language_code": "en",
                    "name": one.award.name,
                    "description": f"Has shown {one.award.name.lower()}.",
                    "image_file": f"file/{number}.png",
                    "issuer_content_name": "Harbour College",
                    "issuer_content_url": "https://harbour.example",
                    "issuer_contact": "badges@harbour.example",
                    "criteria_url": "https://harbour.example/criteria",
                    "criteria_content": "<p>Show it twice.</p>",
                    "alignment": [
                        {"name": "Seamanship", "url": "https://skills.example/1", "description": ""}
                    ],
                }
            ],
        }
        return data(found)

    def _page(self, number: str) -> Answer:
        if number == LOCKED:
            return data({"page": None, "ask-password": True})
        if number == INTERNAL:
            return data({}, status=401)
        if number != PAGE:
            return NOT_THERE
        blocks: list[dict[str, Any]] = [
            {"type": "heading", "id": 1, "size": "h1", "content": "Ada on the water"},
            {"type": "badge", "id": 2, "format": "long", "badge_id": 101, "name": NAMES[0]},
            {"type": "tag", "id": 3, "tag": "sea", "badges": [{"id": 101}, {"id": 103}]},
            {"type": "showcase", "id": 4, "badges": [{"id": 104}, {"id": 130}]},
            {"type": "html", "id": 5, "content": "<p>Write to ada@example.org.</p>"},
        ]
        shown = {"id": 900, "user_id": 77, "first_name": "Ada", "last_name": "Lovelace"}
        shown |= {"name": "On the water", "visibility": "public"}
        blocks = [] if self.mode is Mode.EMPTY else blocks
        return data({"page": {**shown, "blocks": blocks}, "ask-password": False})

    # --- What it hosts itself --------------------------------------------------------------------

    def _hosted(self, kind: str, name: str) -> Answer:
        base = f"{self.url}/app/obpv1/selfie/_"
        one = next((one for one in self.held if one.number == name and not one.hosted), None)
        if kind == "issuer":
            issuer = {"id": f"{base}/issuer/1", "type": "Profile", "name": "Harbour College"}
            return data({"@context": CONTEXT, **issuer, "url": "https://harbour.example"})
        if one is None:
            return NOT_THERE
        if kind == "badge":
            return data(
                {
                    "@context": CONTEXT,
                    "type": "BadgeClass",
                    "id": f"{base}/badge/{name}",
                    "name": one.award.name,
                    "description": f"Has shown {one.award.name.lower()}.",
                    "image": f"{self.url}/file/{name}.png",
                    "criteria": {"narrative": "Show it twice."},
                    "issuer": f"{base}/issuer/1",
                }
            )
        if one.award.revoked:
            return data({"id": f"{base}/assertion/{name}", "revoked": True}, status=410)
        found: dict[str, Any] = {
            "@context": CONTEXT,
            "type": "Assertion",
            "id": f"{base}/assertion/{name}",
            "recipient": one.award.recipient,
            "badge": f"{base}/badge/{name}",
            "verification": {"type": "HostedBadge"},
            "issuedOn": one.award.issued,
        }
        return data(found | ({"expires": one.award.expires} if one.award.expires else {}))
