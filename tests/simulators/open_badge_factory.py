"""Open Badge Factory, played on this machine: hosted badges of 2.0, signed ones of 3.0.

`OpenBadgeFactory.awards` (2.0) and `.signed` (3.0) may change between looks. `Mode.ODD` answers a
badge by an address with a query, as the factory does where a badge was changed after some had it.
"""

from typing import Any

from tests.simulators.awards import Award, signed, some
from tests.simulators.base import NOT_THERE, Answer, Mode, Request, Simulator, data, page, png

CONTEXT = "https://w3id.org/openbadges/v2"
SHAS = [f"{number:02d}b1946ac92492d2347c6235b4d2611184f0e3a9" for number in range(8)]
SIGNED_SHAS = [f"{number:02d}591785b794601e212b260e25925636fd0e11c7" for number in range(6)]
EVENT = "QOJDKQaMGGa3Z6"


class OpenBadgeFactory(Simulator):
    reader = "open_badge_factory"
    host = "openbadgefactory.test"

    def __init__(self, port: int = 0) -> None:
        super().__init__(port)
        self.awards: list[Award] = some(SHAS, salt="R4qr2l")
        self.signed: list[Award] = some(SIGNED_SHAS, salt="VG0Kxx")

    def answer(self, request: Request) -> Answer:
        parts = [part for part in request.path.split("/") if part]
        if parts[-1].endswith(".html"):
            return page("<!doctype html><title>Open Badge Factory</title><h1>Badge</h1>")
        if parts[-1].endswith(".png") or parts[:2] == ["obv3", "images"]:
            return Answer(png(3), content_type="image/png")
        if "text/html" in request.headers.get("accept", ""):
            return Answer(status=302, headers={"Location": f"{request.path}.html"})
        match parts:
            case ["v1", "assertion", sha]:
                return self._hosted(sha, request)
            case ["v1", "badge", "_", name]:
                return self._class(name.removesuffix(".json"))
            case ["v1", "client", _]:
                return data(self._issuer())
            case ["obv3", "credentials", sha]:
                return self._credential(sha)
            case ["obv3", "revoked", *_]:
                return data(self._revoked())
        return NOT_THERE

    # --- Open Badges 2.0 -------------------------------------------------------------------------

    def _hosted(self, sha: str, request: Request) -> Answer:
        award = next((one for one in self.awards if one.id == sha), None)
        if award is None:
            return NOT_THERE
        if award.revoked:
            return data({"revoked": True}, status=410)
        own = f"{self.url}/v1/assertion/{sha}"
        found: dict[str, Any] = {
            "@context": CONTEXT,
            "type": "Assertion",
            "id": f"{own}?v=2.0" if self.mode is Mode.ODD else own,
            "recipient": award.recipient,
            "badge": f"{self.url}/v1/badge/_/{sha[:14]}.json?v=2.0&event={EVENT}",
            "verification": {"type": "hosted"},
            "issuedOn": award.issued,
            "evidence": [{"id": "https://harbour.example/log", "name": "The log book"}],
        }
        return data(found | ({"expires": award.expires} if award.expires else {}))

    def _class(self, name: str) -> Answer:
        award = next((one for one in self.awards if one.id[:14] == name), None)
        if award is None:
            return NOT_THERE
        own = f"{self.url}/v1/badge/_/{name}"
        return data(
            {
                "@context": CONTEXT,
                "type": "BadgeClass",
                "id": f"{own}.json?v=2.0&event={EVENT}",
                "name": award.name,
                "description": f"Has shown {award.name.lower()}.",
                "image": f"{own}.png?event={EVENT}",
                "criteria": {"id": f"{own}/criteria.html?v=2.0&event={EVENT}"},
                "issuer": f"{self.url}/v1/client/harbour.json?v=2.0&event={EVENT}",
                "tags": ["seamanship"],
            }
        )

    def _issuer(self) -> dict[str, Any]:
        return {
            "@context": CONTEXT,
            "type": "Issuer",
            "id": f"{self.url}/v1/client/harbour.json?v=2.0&event={EVENT}",
            "name": "Harbour College",
            "url": "https://harbour.example",
            "email": "badges@harbour.example",
        }

    # --- Open Badges 3.0 -------------------------------------------------------------------------

    def _credential(self, sha: str) -> Answer:
        award = next((one for one in self.signed if one.id == sha), None)
        if award is None:
            return NOT_THERE
        return data(
            signed(
                award,
                id=f"{self.url}/obv3/credentials/{sha}",
                achievement=f"{self.url}/obv3/achievements/{sha[:14]}?lang=en",
                image=f"{self.url}/obv3/images/badge/{sha}",
                awardedDate=award.issued,
                endorsement=[],
                credentialStatus={
                    "id": f"{self.url}/obv3/revoked/harbour/{sha[:14]}",
                    "type": "1EdTechRevocationList",
                },
            )
        )

    def _revoked(self) -> dict[str, Any]:
        taken = [one for one in self.signed if one.revoked]
        return {
            "id": f"{self.url}/obv3/revoked/harbour",
            "issuer": "harbour",
            "revokedCredential": [
                {
                    "id": f"{self.url}/obv3/credentials/{one.id}",
                    "revoked": True,
                    "revocationReason": one.revoked,
                }
                for one in taken
            ],
        }
