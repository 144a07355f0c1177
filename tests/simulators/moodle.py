"""Moodle, played on this machine: one site, in the folder and of the age that a test wants.

`Moodle.awards` may change between looks. Whatever is not on that list is answered as if it had
been taken back: Moodle deletes what it revokes, and cannot tell the two apart. All hashes have the
site's one salt. `Mode.ODD` is a site that shows badges only to people who have signed in.

`edition` is how old the site is:

- 5: nested classes, `badges/json/assertion.php`, to which the old address leads;
- 4: nested classes at `badges/assertion.php`, whose `id` has the edition in its own spelling;
- 2: Open Badges 1.0, class and issuer under the badge's own address.
"""

import base64
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from tests.simulators.awards import Award, some
from tests.simulators.base import NOT_THERE, Answer, Mode, Request, Simulator, data, page, png

CONTEXT = "https://w3id.org/openbadges/v2"
SALT = "badges1700000000"
HASHES = [f"{number:02x}4be1c9d2f3a5b6c7d8e9f0a1b2c3d4e5f60718" for number in range(8)]
LOGIN = """<!doctype html><title>Campus: log in</title>
<form method="post"><input name="username"><input type="password" name="password"></form>"""


class Moodle(Simulator):
    reader = "moodle"
    host = "moodle.test"

    def __init__(self, port: int = 0, *, folder: str = "", edition: int = 5) -> None:
        super().__init__(port)
        self.folder, self.edition = folder, edition
        self.awards: list[Award] = some(HASHES, salt=SALT)

    @property
    def site(self) -> str:
        return self.url + self.folder

    def page_of(self, hash: str) -> str:
        """The link that a learner has."""
        return f"{self.site}/badges/badge.php?hash={hash}"

    def answer(self, request: Request) -> Answer:
        path = request.path.removeprefix(self.folder)
        if path == "/login/index.php":
            return page(LOGIN)
        if self.mode is Mode.ODD:
            return Answer(status=303, headers={"Location": f"{self.site}/login/index.php"})
        if path.startswith("/pluginfile.php/"):
            return Answer(png(7), content_type="image/png")
        if path == "/badges/badge.php":
            return page("<!doctype html><title>Campus</title><h1>Badge information</h1>")
        if self.edition >= 5:
            return self._new(path, request.query)
        return self._middle(path, request.query) if self.edition >= 4 else self._old(path, request)

    def _award(self, hash: str) -> Award | None:
        found = next((one for one in self.awards if one.id == hash), None)
        return None if found is None or found.revoked else found

    def _numbered(self, number: str) -> Award:
        return self.awards[int(number) - 1]

    # --- Edition 5 -------------------------------------------------------------------------------

    def _new(self, path: str, query: Any) -> Answer:
        if path == "/badges/assertion.php":
            leads = urlencode({"b": query["b"], "obversion": "v2p0"})
            where = f"{self.site}/badges/json/assertion.php?{leads}"
            return Answer(status=303, headers={"Location": where})
        if query.get("obversion", "v2p0") != "v2p0":
            return page("<h1>Invalid Open Badges API version</h1>", status=404)
        if path == "/badges/json/badge.php":
            return data(self._new_class(self._numbered(query["id"])))
        if path == "/badges/json/issuer.php":
            return data(self._issuer(f"json/issuer.php?obversion=v2p0&badgeid={query['badgeid']}"))
        if path != "/badges/json/assertion.php":
            return NOT_THERE
        own = f"{self.site}/badges/json/assertion.php?b={query['b']}&obversion=v2p0"
        award = self._award(query["b"])
        if award is None:
            return data({"id": own, "revoked": True}, status=410)
        badge = self._assertion(award, own) | {"badge": self._new_class(award)}
        return data(badge | {"tags": ["seamanship"]})

    def _new_class(self, award: Award) -> dict[str, Any]:
        number = self.awards.index(award) + 1
        return {
            "@context": CONTEXT,
            "id": f"{self.site}/badges/json/badge.php?id={number}&obversion=v2p0",
            "type": "BadgeClass",
            "name": award.name,
            "description": f"Has shown {award.name.lower()}.",
            "version": "2",
            "@language": "en",
            "image": {
                "id": f"{self.site}/pluginfile.php/1/badges/badgeimage/{number}/f3",
                "caption": "A knot",
            },
            "criteria": {
                "id": f"{self.site}/badges/badgeclass.php?id={number}",
                "narrative": "Complete **all** of the following: both evenings.",
            },
            "issuer": self._issuer(f"json/issuer.php?obversion=v2p0&badgeid={number}"),
            "tags": ["seamanship"],
            "related": [{"id": f"{self.site}/badges/json/badge.php?id=9", "@language": "de"}],
            "alignment": [ALIGNMENT],
        }

    # --- Edition 4 -------------------------------------------------------------------------------

    def _middle(self, path: str, query: Any) -> Answer:
        if path == "/badges/badge_json.php":
            return data(self._middle_class(self._numbered(query["id"])))
        if path == "/badges/issuer_json.php":
            own = f"issuer_json.php?id={query['id']}" if "id" in query else "issuer_json.php"
            return data(self._issuer(own))
        if path != "/badges/assertion.php":
            return NOT_THERE
        award = self._award(query["b"])
        if award is None:
            return data({"revoked": True}, status=410)
        edition = float(query.get("obversion", "2"))
        own = f"{self.site}/badges/assertion.php?b={award.id}&obversion={edition:g}"
        nested = self._middle_class(award) | {"issuer": self._issuer("issuer_json.php")}
        nested["image"] = "data:image/png;base64," + base64.b64encode(png(7)).decode()
        nested["alignments"] = nested.pop("alignment")
        return data(self._assertion(award, own) | {"badge": nested})

    def _middle_class(self, award: Award) -> dict[str, Any]:
        number = self.awards.index(award) + 1
        own = f"{self.site}/badges/badge_json.php?id={number}"
        return {
            "name": award.name,
            "description": f"Has shown {award.name.lower()}.",
            "image": f"{self.site}/pluginfile.php/1/badges/badgeimage/{number}/f1",
            "criteria": {"id": own, "narrative": "Complete both evenings."},
            "issuer": self._issuer(f"issuer_json.php?id={number}"),
            "@context": CONTEXT,
            "id": own,
            "type": "BadgeClass",
            "alignment": [ALIGNMENT],
        }

    def _assertion(self, award: Award, own: str) -> dict[str, Any]:
        found: dict[str, Any] = {
            "@context": CONTEXT,
            "type": "Assertion",
            "id": own,
            "recipient": award.recipient,
            "verify": {"type": "hosted", "url": own},
            "issuedOn": award.issued.replace("Z", "+00:00"),
            "evidence": self.page_of(award.id),
        }
        if award.expires:
            found["expires"] = award.expires.replace("Z", "+00:00")
        return found

    def _issuer(self, own: str) -> dict[str, Any]:
        return {
            "name": "Harbour College",
            "url": self.site,
            "email": "badges@harbour.example",
            "@context": CONTEXT,
            "id": f"{self.site}/badges/{own}",
            "type": "Issuer",
        }

    # --- Edition 2 -------------------------------------------------------------------------------

    def _old(self, path: str, request: Request) -> Answer:
        if path != "/badges/assertion.php":
            return NOT_THERE
        own = f"{self.site}/badges/assertion.php?b={request.query['b']}"
        award = self._award(request.query["b"])
        if award is None:
            return data({"revoked": True}, status=410)
        if request.query.get("action") == "0":
            return data({"name": "Harbour College", "url": self.site, "email": "b@harbour.example"})
        if request.query.get("action") == "1":
            return data(
                {
                    "name": award.name,
                    "description": f"Has shown {award.name.lower()}.",
                    "image": f"{self.site}/pluginfile.php/1/badges/badgeimage/1/f1",
                    "criteria": self.page_of(award.id),
                    "issuer": f"{own}&action=0",
                }
            )
        found = {
            "uid": award.id,
            "recipient": award.recipient,
            "badge": f"{own}&action=1",
            "verify": {"type": "hosted", "url": own},
            "issuedOn": int(datetime.fromisoformat(award.issued).timestamp()),
            "evidence": self.page_of(award.id),
        }
        if award.expires:
            found["expires"] = int(datetime.fromisoformat(award.expires).timestamp())
        return data(found)


ALIGNMENT = {
    "targetName": "Seamanship",
    "targetUrl": "https://skills.example/seamanship",
    "targetDescription": "Works on board.",
    "targetFramework": "Skills of the coast",
    "targetCode": "S1",
}
