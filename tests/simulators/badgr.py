"""Badgr, played on this machine: badges, public collections, and a page for people.

`Badgr.awards` and `Badgr.collections` may change between looks. `Mode.ODD` is a collection as old
or careless forks answer it: bare addresses, an entry that is none, badges that were taken back.
"""

from typing import Any

from tests.simulators.awards import Award, signed, some
from tests.simulators.base import NOT_THERE, Answer, Mode, Request, Simulator, data, page, png

CONTEXT = "https://w3id.org/openbadges/v2"
JSON = "application/ld+json"
BOTS = ("LinkedInBot", "Twitterbot", "facebook", "Slackbot")
IDS = [f"{number:02d}Qx7LkTRsW4aZ_p-eVb9g" for number in range(12)]
SLUG = "0b6f2f0a-5a7e-4d1c-9b57-1f2e3d4c5b6a"  # the name of the first badge in the first years
COLLECTION = "3f9a0c5b7d1e42688a6b4c2d0e1f3a5b"
HIDDEN = "00000000000000000000000000000000"


class Badgr(Simulator):
    reader = "badgr"
    host = "badgr.test"

    def __init__(self, port: int = 0) -> None:
        super().__init__(port)
        self.awards: list[Award] = some(IDS)
        self.collections = {COLLECTION: list(IDS)}
        # One that Ada brought here herself: it stays at home with whoever awarded it.
        self.brought = {IDS[5]: f"{self.url}/elsewhere/{IDS[5]}"}

    def answer(self, request: Request) -> Answer:
        parts = [part for part in request.path.split("/") if part]
        if parts[:1] == ["app"]:
            return page("<!doctype html><title>Badgr</title><app-root></app-root>")
        if parts[:1] == ["media"]:
            return Answer(png(len(parts[-1])), content_type="image/png")
        if parts[:1] == ["elsewhere"]:
            award = self._award(parts[-1])
            return data(self._assertion(award), content_type=JSON) if award else NOT_THERE
        if parts[:1] != ["public"] or len(parts) < 3:
            return NOT_THERE
        if parts[2] == SLUG:
            return Answer(status=301, headers={"Location": f"/public/assertions/{IDS[0]}"})
        if parts[-1] == "image":
            return Answer(status=302, headers={"Location": f"/media/{parts[2]}.png"})
        return self._negotiated(request, parts[1], parts[2])

    def _negotiated(self, request: Request, kind: str, name: str) -> Answer:
        shown = self._shown(request, kind, name.removesuffix(".json"))
        if shown is None:
            return NOT_THERE
        if any(bot in request.headers.get("user-agent", "") for bot in BOTS):
            return page('<!doctype html><meta property="og:title" content="A badge">')
        asks_for_page = "text/html" in request.headers.get("accept", "")
        if asks_for_page and not name.endswith(".json"):
            return Answer(status=302, headers={"Location": f"/app{request.path}"})
        return data(shown, content_type=JSON)

    def _shown(self, request: Request, kind: str, name: str) -> Any:
        if kind == "issuers":
            return self._issuer() if name == "harbour" else None
        if kind == "badges":
            award = next((one for one in self.awards if f"c-{one.id}" == name), None)
            return self._class(award) if award else None
        if kind == "collections":
            return self._collection(request, name) if name in self.collections else None
        award = self._award(name)
        if award is None or kind not in {"assertions", "credentials"}:
            return None
        if kind == "credentials" or request.query.get("v") == "3_0":
            return self._signed(award)
        return self._assertion(award, expanded="expand" in request.query)

    def _award(self, id: str) -> Award | None:
        return next((one for one in self.awards if one.id == id), None)

    def _issuer(self) -> dict[str, Any]:
        return {
            "@context": CONTEXT,
            "type": "Issuer",
            "id": f"{self.url}/public/issuers/harbour",
            "name": "Harbour College",
            "url": "https://harbour.example",
            "email": "badges@harbour.example",
            "description": "Teaches what one needs on the water.",
        }

    def _class(self, award: Award, *, expanded: bool = False) -> dict[str, Any]:
        return {
            "@context": CONTEXT,
            "type": "BadgeClass",
            "id": f"{self.url}/public/badges/c-{award.id}",
            "name": award.name,
            "description": f"Has shown {award.name.lower()} before a witness.",
            "image": f"{self.url}/public/badges/c-{award.id}/image",
            "criteria": {"narrative": "Show it twice."},
            "issuer": self._issuer() if expanded else f"{self.url}/public/issuers/harbour",
            "tags": ["seamanship"],
        }

    def _assertion(self, award: Award, *, expanded: bool = False) -> dict[str, Any]:
        own = f"{self.url}/public/assertions/{award.id}"
        if award.revoked:
            return {
                "@context": CONTEXT,
                "type": "Assertion",
                "id": own,
                "revoked": True,
                "revocationReason": award.revoked,
            }
        brought = self.brought.get(award.id)
        found: dict[str, Any] = {
            "@context": CONTEXT,
            "type": "Assertion",
            "id": brought or own,
            "badge": self._class(award, expanded=True)
            if expanded
            else f"{self.url}/public/badges/c-{award.id}",
            "image": {"id": f"{own}/image"},
            "verification": {"type": "HostedBadge"},
            "narrative": "Two long evenings at the quay.",
            "evidence": [{"narrative": "A photograph of each knot."}],
            "issuedOn": award.issued,
            "recipient": award.recipient,
            "extensions:recipientProfile": {
                "@context": "https://openbadgespec.org/extensions/recipientProfile/context.json",
                "type": ["Extension", "extensions:RecipientProfile"],
                "name": "Ada Lovelace",
            },
        }
        if award.expires:
            found["expires"] = award.expires
        if brought:
            found |= {"sourceUrl": brought, "hostedUrl": own}
        return found

    def _collection(self, request: Request, name: str) -> dict[str, Any]:
        chosen = [one for one in self.awards if one.id in self.collections[name]]
        expanded = "expand" in request.query
        entries: list[Any] = [
            self._assertion(one, expanded=expanded) for one in chosen if not one.revoked
        ]
        if self.mode is Mode.ODD:
            entries = [f"{self.url}/public/assertions/{one.id}" for one in chosen[:2]]
            entries += [None, {}, self._assertion(chosen[3]), {"entityId": chosen[6].id}]
        return {
            "@context": CONTEXT,
            "type": "Collection",
            "id": f"{self.url}/public/collections/{name}",
            "name": "On the water",
            "description": "What I have learned.",
            "entityId": "Z0_bTqk5TvSxY2r-c1Hu8A",
            "owner": {"firstName": "Ada", "lastName": "Lovelace"},
            "badges": [] if self.mode is Mode.EMPTY else entries,
        }

    def _signed(self, award: Award) -> dict[str, Any]:
        """The badge in Open Badges 3.0, as newer forks give it."""
        return signed(
            award,
            id=f"{self.url}/public/assertions/{award.id}?v=3_0",
            achievement=f"{self.url}/public/badges/c-{award.id}?v=3_0",
            image=f"{self.url}/media/{award.id}.png",
        )
