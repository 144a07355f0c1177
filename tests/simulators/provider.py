"""A provider of connected accounts: Badge Connect and the Open Badges 3.0 API, with its doors.

It keeps the rules of the standards (registration, PKCE, codes and refresh tokens that work once,
paging, `since`, taking back) and breaks them one by one on demand:

    with Provider() as provider:
        provider.faults = {Fault.NO_REFRESH}
        back = provider.visit(url)                 what a browser is sent back with after a yes
        back = provider.visit(url, yes=False)
        provider.expire()                          every access token is too old from now on

`Provider(local=True)` lives at http://localhost:PORT, where a real browser can go; else it is
https://provider.test, for the site's fetcher alone.
"""

import base64
import enum
import functools
import hashlib
import itertools
import json
import secrets
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from html import escape
from typing import Any, ClassVar
from urllib.parse import parse_qs, parse_qsl, unquote_plus, urlencode, urlsplit

from badges.openbadges import keys, proofs
from tests.badges.documents import unsigned
from tests.credentials import Signer
from tests.openbadges.make import RSA
from tests.simulators.base import NOT_THERE, Answer, Request, Simulator, data, page, png

BC, OB3 = "/bc/ims/ob/v2p1", "/ims/ob/v3p0"
SCOPES = {
    BC: "https://purl.imsglobal.org/spec/ob/v2p1/scope/assertion.readonly",
    OB3: "https://purl.imsglobal.org/spec/ob/v3p0/scope/credential.readonly",
}
REQUIRED = {
    *("client_name", "client_uri", "logo_uri", "tos_uri", "policy_uri", "redirect_uris"),
    *("software_id", "software_version", "token_endpoint_auth_method"),
    *("grant_types", "response_types", "scope"),
}
BADGES = 25
ADA = "ada@example.org"


class Fault(enum.Enum):
    """One rule broken."""

    # in the description
    MIXED_HOSTS = "the token endpoint is on another site"
    LOOKALIKE = "the token endpoint is on a site that looks alike"
    NO_TLS = "the token endpoint is http"
    NO_ADDRESSES = "the addresses are no addresses"
    NO_READING = "badges can be written only"
    MOVED = "the description has moved to another site"
    ONLY_BC = "there is no Open Badges 3.0 API"
    ONLY_OB3 = "there is no Badge Connect"
    NO_REVOCATION = "keys cannot be taken back"
    # in the registration
    REGISTRATION_REFUSED = "nobody is registered"
    REGISTRATION_OTHER = "somebody else is registered"
    REGISTRATION_BARE = "no secret is given"
    SECRET_ENDS = "the secret ends in a minute"
    # on the way back
    WRONG_STATE = "another state comes back"
    WRONG_ISSUER = "another issuer comes back"
    NAMES_ISSUER = "the issuer is named, rightly"
    NO_CODE = "neither code nor error comes back"
    # at the token endpoint
    TOKEN_MOVED = "the token endpoint redirects"
    TOKEN_HTML = "the token endpoint shows a web page"
    TOKEN_BROKEN = "the token endpoint answers 500"
    WRONG_TYPE = "the key is of another type"
    NO_REFRESH = "there is no refresh token"
    NO_ROTATION = "the refresh token stays the same, and is not said again"
    NO_LIFE = "how long the key lives is not said"
    SCOPE_TAKEN = "the scope is not the one asked for"
    FORGOTTEN = "our registration is forgotten"
    REVOCATION_BROKEN = "taking back fails"
    # in the list
    PLURAL = "compactJwsStrings in place of compactJwsString"
    RESULTS = "results in place of assertions"
    WRAPPED = "the lists are inside results"
    COUNT_ONLY = "no Link header, only a count"
    IGNORES_SINCE = "since changes nothing"
    ENDLESS_SAME = "the last page says that it goes on"
    ENDLESS_NEW = "there is always one more badge"
    LINK_AWAY = "the next page is on another site"
    NEVER_LETS_IN = "every key is refused"
    FORBIDDEN = "the key may not read"
    LIST_HTML = "a web page in place of the list"
    STATUS_INSIDE = "an error inside an answer with status 200"


@dataclass
class Permission:
    """One person's yes, and every key that came of it."""

    client: str
    scope: str
    challenge: str
    redirect_uri: str
    used: bool = False
    alive: bool = True
    access: dict[str, float] = field(default_factory=dict)  # until when each is good
    refresh: str = ""
    spent: set[str] = field(default_factory=set)


class Provider(Simulator):
    reader: ClassVar[str] = ""
    host: ClassVar[str] = "provider.test"

    def __init__(self, port: int = 0, *, local: bool = False) -> None:
        super().__init__(port)
        self.local = local
        self.title = "Northwind Badges"
        self.faults: set[Fault] = set()
        self.lifetime = 3600
        self.per_page = 10
        self.hidden: set[int] = set()  # badges that are listed no more
        self.clients: dict[str, dict[str, Any]] = {}
        self.permissions: dict[str, Permission] = {}  # by their code
        self.renewals = 0
        self.reused = 0  # how often a spent refresh token came again
        self.seen: list[Request] = []
        self._lock = threading.Lock()

    @property
    def origin(self) -> str:
        return f"http://localhost:{self.port}" if self.local else f"https://{self.host}"

    @property
    def allow(self) -> str:
        return f"localhost:{self.port}" if self.local else super().allow

    # --- What happens outside of any request

    def visit(self, url: str, *, yes: bool = True) -> str:
        """Somebody opens the address that the site gave, and answers: where they are sent."""
        split = urlsplit(url)
        assert f"{split.scheme}://{split.netloc}{split.path}" == f"{self.origin}/authorize", url
        asked = dict(parse_qsl(split.query))
        assert not self._wrong(asked), self._wrong(asked)
        return self._sent_back(asked, yes)

    def key(self, base: str) -> str:
        """A key to Ada's badges, without the way to it."""
        access = secrets.token_urlsafe(24)
        made = Permission("", SCOPES[base], "", "", access={access: time.time() + self.lifetime})
        self.permissions[access] = made
        return access

    def expire(self) -> None:
        for permission in self.permissions.values():
            permission.access = dict.fromkeys(permission.access, 0.0)

    def end_everything(self) -> None:
        """Ada has ended the permission in her account here."""
        for permission in self.permissions.values():
            permission.alive = False

    @property
    def alive(self) -> int:
        return sum(permission.alive for permission in self.permissions.values())

    # --- Doors

    def answer(self, request: Request) -> Answer:
        self.seen.append(request)
        plain = {
            "/.well-known/badgeconnect.json": self._manifest,
            f"{OB3}/discovery": self._discovery,
            "/register": self._registration,
            "/authorize": self._authorize,
            "/answer": self._answered,
            "/token": self._token,
            "/revoke": self._revoke,
            f"{BC}/assertions": self._list,
            f"{OB3}/credentials": self._list,
        }
        door = plain.get(request.path)
        return door(request) if door else self._document(request.path)

    def _doors(self) -> dict[str, str]:
        doors = {
            name: f"{self.origin}/{name}" for name in ("register", "authorize", "token", "revoke")
        }
        elsewhere = {
            Fault.MIXED_HOSTS: "https://keys.test/token",
            Fault.LOOKALIKE: "https://provider.test.evil.test/token",
            Fault.NO_TLS: "http://provider.test/token",
            Fault.NO_ADDRESSES: "javascript:alert(1)",
        }
        for fault in self.faults & elsewhere.keys():
            doors["token"] = elsewhere[fault]
        if Fault.NO_REVOCATION in self.faults:
            doors["revoke"] = ""
        return doors

    def _manifest(self, request: Request) -> Answer:
        if Fault.ONLY_OB3 in self.faults:
            return page("<h1>Not found</h1>", status=404)
        if Fault.MOVED in self.faults:
            return Answer(status=302, headers={"Location": "https://elsewhere.test/x"})
        doors = self._doors()
        scopes = [SCOPES[BC].replace("readonly", "create")]
        if Fault.NO_READING not in self.faults:
            scopes += [SCOPES[BC], "offline_access"]
        api = {
            "name": self.title,
            "image": f"{self.origin}/logo.png",
            "apiBase": self.origin + BC,
            "version": "v2p1",
            "termsOfServiceUrl": f"{self.origin}/terms",
            "privacyPolicyUrl": f"{self.origin}/privacy",
            "scopesOffered": scopes,
            "registrationUrl": doors["register"],
            "authorizationUrl": doors["authorize"],
            "tokenUrl": doors["token"],
            "tokenRevocationUrl": doors["revoke"],
        }
        return data(
            {
                "@context": "https://purl.imsglobal.org/spec/ob/v2p1/ob_v2p1.jsonld",
                "id": f"{self.origin}/.well-known/badgeconnect.json",
                "badgeConnectAPI": [api],
            }
        )

    def _discovery(self, request: Request) -> Answer:
        if Fault.ONLY_BC in self.faults:
            return NOT_THERE
        doors = self._doors()
        scopes = {SCOPES[OB3].replace("readonly", "upsert"): "Write badges"}
        if Fault.NO_READING not in self.faults:
            scopes |= {SCOPES[OB3]: "Read badges", "offline_access": "Go on doing so"}
        flow = {
            "tokenUrl": doors["token"],
            "authorizationUrl": doors["authorize"],
            "refreshUrl": doors["token"],
            "scopes": scopes,
        }
        scheme = {
            "type": "oauth2",
            "x-imssf-name": self.title,
            "x-imssf-registrationUrl": doors["register"],
            "x-imssf-revocationUrl": doors["revoke"],
            "x-imssf-termsOfServiceUrl": f"{self.origin}/terms",
            "x-imssf-privacyPolicyUrl": f"{self.origin}/privacy",
            "flows": {"authorizationCode": flow},
        }
        return data(
            {
                "openapi": "3.0.1",
                "info": {"title": f"{self.title} API", "version": "3.0"},
                "servers": [{"url": self.origin + OB3}],
                "paths": {},
                "components": {"securitySchemes": {"OAuth2ACG": scheme}},
            }
        )

    # --- Getting a name here

    def _registration(self, request: Request) -> Answer:
        if Fault.REGISTRATION_REFUSED in self.faults:
            return data({"error": "access_denied"}, status=403)
        about = json.loads(request.body)
        missing = [name for name in REQUIRED if not about.get(name)]
        if request.method != "POST" or missing:
            return data({"error": "invalid_client_metadata", "missing": missing}, status=400)
        name, secret = f"client:{len(self.clients)}&+", f"s%{secrets.token_urlsafe(16)}"
        kept = {**about, "client_id": name, "client_secret": secret}
        self.clients[name] = kept
        told = {**kept, "client_id_issued_at": int(time.time()), "client_secret_expires_at": 0}
        if Fault.SECRET_ENDS in self.faults:
            told["client_secret_expires_at"] = int(time.time()) + 60
        if Fault.REGISTRATION_OTHER in self.faults:
            told["redirect_uris"] = ["https://elsewhere.test/back"]
        if Fault.REGISTRATION_BARE in self.faults:
            del told["client_secret"]
        return data(told, status=201)

    def _client_of(self, request: Request) -> str | None:
        kind, _space, pair = request.headers.get("authorization", "").partition(" ")
        if kind != "Basic" or Fault.FORGOTTEN in self.faults:
            return None
        name, _colon, secret = (
            unquote_plus(part) for part in base64.b64decode(pair).decode().partition(":")
        )
        known = self.clients.get(name)
        return name if known and known["client_secret"] == secret else None

    # --- Asking the person

    def _wrong(self, asked: Mapping[str, str]) -> str:
        known = self.clients.get(asked.get("client_id", ""))
        if known is None:
            return "unknown client"
        if asked.get("redirect_uri") not in known["redirect_uris"]:
            return "unknown return address"
        if asked.get("response_type") != "code" or not asked.get("state"):
            return "no code asked for, or no state"
        if asked.get("code_challenge_method") != "S256" or len(asked["code_challenge"]) != 43:
            return "no PKCE"
        return ""

    def _authorize(self, request: Request) -> Answer:
        wrong = self._wrong(request.query)
        if wrong:
            return page(f"<h1>{escape(wrong)}</h1>", status=400)
        hidden = "".join(
            f'<input type="hidden" name="{escape(key)}" value="{escape(value)}">'
            for key, value in request.query.items()
        )
        client = escape(self.clients[request.query["client_id"]]["client_name"])
        return page(
            f'<!doctype html><html lang="en"><title>{self.title}</title>'
            f"<main><h1>{self.title}</h1><p>{client} wants to read your badges.</p>"
            f'<form method="post" action="/answer">{hidden}'
            '<button name="answer" value="yes">Allow</button> '
            '<button name="answer" value="no">Deny</button></form></main></html>'
        )

    def _answered(self, request: Request) -> Answer:
        asked = {key: values[-1] for key, values in parse_qs(request.body.decode()).items()}
        place = self._sent_back(asked, asked.get("answer") == "yes")
        return Answer(status=303, headers={"Location": place})

    def _sent_back(self, asked: Mapping[str, str], yes: bool) -> str:
        told = {"state": asked["state"]}
        if Fault.WRONG_STATE in self.faults:
            told["state"] = "x" * 43
        if Fault.NAMES_ISSUER in self.faults:
            told["iss"] = self.origin
        if Fault.WRONG_ISSUER in self.faults:
            told["iss"] = "https://elsewhere.test"
        if not yes:
            told["error"] = "access_denied"
        elif Fault.NO_CODE not in self.faults:
            told["code"] = secrets.token_urlsafe(16)
            self.permissions[told["code"]] = Permission(
                asked["client_id"], asked["scope"], asked["code_challenge"], asked["redirect_uri"]
            )
        return f"{asked['redirect_uri']}?{urlencode(told)}"

    # --- Keys

    def _token(self, request: Request) -> Answer:
        if Fault.TOKEN_MOVED in self.faults:
            return Answer(status=307, headers={"Location": "https://elsewhere.test/token"})
        if Fault.TOKEN_HTML in self.faults:
            return page("<!doctype html><title>Sign in</title>")
        if Fault.TOKEN_BROKEN in self.faults:
            return page("<h1>Internal Server Error</h1>", status=500)
        client = self._client_of(request)
        if client is None:
            return data({"error": "invalid_client"}, status=401)
        sent = dict(parse_qsl(request.body.decode()))
        with self._lock:
            if sent.get("grant_type") == "authorization_code":
                permission = self._by_code(sent, client)
            else:
                permission = self._by_refresh(sent, client)
            return (
                self._keys(permission)
                if permission
                else data({"error": "invalid_grant", "error_description": "<b>no</b>"}, status=400)
            )

    def _by_code(self, sent: Mapping[str, str], client: str) -> Permission | None:
        found = self.permissions.get(sent.get("code", ""))
        verifier = sent.get("code_verifier", "").encode()
        shown = base64.urlsafe_b64encode(hashlib.sha256(verifier).digest()).rstrip(b"=").decode()
        if found is None or found.client != client or found.challenge != shown:
            return None
        if found.used:
            found.alive = False  # somebody has stolen it, here or there
        if not found.alive or found.redirect_uri != sent.get("redirect_uri"):
            return None
        found.used = True
        return found

    def _by_refresh(self, sent: Mapping[str, str], client: str) -> Permission | None:
        given = sent.get("refresh_token", "")
        for permission in self.permissions.values():
            if given in permission.spent:
                self.reused += 1
                permission.alive = False
            if given and given == permission.refresh and permission.client == client:
                if not permission.alive:
                    return None
                self.renewals += 1
                if Fault.NO_ROTATION not in self.faults:
                    permission.spent.add(given)
                return permission
        return None

    def _keys(self, permission: Permission) -> Answer:
        access = secrets.token_urlsafe(24)
        permission.access = {access: time.time() + self.lifetime}
        told: dict[str, Any] = {
            "access_token": access,
            "token_type": "mac" if Fault.WRONG_TYPE in self.faults else "Bearer",
            "expires_in": self.lifetime,
            "scope": permission.scope,
        }
        if Fault.NO_ROTATION in self.faults and permission.refresh:
            pass
        elif Fault.NO_REFRESH not in self.faults:
            told["refresh_token"] = permission.refresh = secrets.token_urlsafe(24)
        if Fault.NO_LIFE in self.faults:
            del told["expires_in"]
        if Fault.SCOPE_TAKEN in self.faults:
            told["scope"] = "something_else"
        return data(told, headers={"Cache-Control": "no-store"})

    def _revoke(self, request: Request) -> Answer:
        if Fault.REVOCATION_BROKEN in self.faults:
            return page("<h1>Internal Server Error</h1>", status=500)
        if self._client_of(request) is None:
            return data({"error": "invalid_client"}, status=401)
        sent = dict(parse_qsl(request.body.decode()))
        for permission in self.permissions.values():
            if sent.get("token") in {*permission.access, permission.refresh}:
                permission.alive = False
        return Answer()

    def _refused(self, request: Request, scope: str) -> Answer | None:
        kind, _space, key = request.headers.get("authorization", "").partition(" ")
        good = [
            permission
            for permission in self.permissions.values()
            if permission.alive and permission.access.get(key, 0) > time.time()
        ]
        if kind != "Bearer" or not good or Fault.NEVER_LETS_IN in self.faults:
            return data({"status": {"error": "invalid token", "statusCode": 401}}, status=401)
        if scope not in good[0].scope.split() or Fault.FORBIDDEN in self.faults:
            return data({"status": {"error": "forbidden", "statusCode": 403}}, status=403)
        return None

    # --- Badges

    def _list(self, request: Request) -> Answer:
        base = request.path.rpartition("/")[0]
        refused = self._refused(request, SCOPES[base])
        if refused is not None:
            return refused
        if Fault.LIST_HTML in self.faults:
            return page("<!doctype html><title>Sign in</title>")
        if Fault.STATUS_INSIDE in self.faults:
            return data({"status": {"error": "down", "statusCode": 503, "statusText": "x"}})
        offset = int(request.query.get("offset", "0"))
        limit = min(int(request.query.get("limit", "100")), self.per_page)
        since = request.query.get("since", "") if Fault.IGNORES_SINCE not in self.faults else ""
        shown_at_all = sorted(set(range(BADGES)) - self.hidden)
        numbers = [number for number in shown_at_all if issued(number) > since]
        if Fault.ENDLESS_NEW in self.faults:
            numbers = list(range(offset + limit + 1))
        shown = numbers[offset : offset + limit]
        body = self._assertions(shown) if base == BC else self._credentials(shown)
        headers = {"X-Total-Count": str(len(numbers))}
        if Fault.COUNT_ONLY not in self.faults:
            headers["Link"] = self._link(request, offset, limit, len(numbers))
        return Answer(body, headers=headers)

    def _link(self, request: Request, offset: int, limit: int, total: int) -> str:
        def to(place: int) -> str:
            asked = {**request.query, "limit": str(limit), "offset": str(place)}
            return f"{self.origin}{request.path}?{urlencode(asked)}"

        links = [f'<{to(0)}>; rel="first"', f'<{to(max(0, total - limit))}>; rel="last"']
        more = offset + limit < total
        if Fault.ENDLESS_SAME in self.faults and not more:
            links.append(f'<{to(0)}&again={offset}>; rel="next"')
        elif Fault.LINK_AWAY in self.faults:
            links.append(f"<{to(offset + limit).replace(self.origin, 'https://x.test')}>; rel=next")
        elif more:
            links.append(f'<{to(offset + limit)}>; rel="next"')
        return ", ".join(links)

    def _assertions(self, numbers: list[int]) -> bytes:
        found = [self.assertion(number) for number in numbers]
        name = "results" if Fault.RESULTS in self.faults else "assertions"
        status = {"error": None, "statusCode": 200, "statusText": "OK"}
        lists: dict[str, Any] = {name: found, "signedAssertions": []}
        if Fault.WRAPPED in self.faults:
            lists = {"results": lists}
        return json.dumps({"status": status, **lists}).encode()

    def _credentials(self, numbers: list[int]) -> bytes:
        """Written by hand, with odd spaces: what is read must be these very bytes."""
        objects = ",\n ".join(credential(number) for number in numbers if number % 5)
        name = "compactJwsStrings" if Fault.PLURAL in self.faults else "compactJwsString"
        tokens = json.dumps([token(number) for number in numbers if not number % 5])
        return f'{{ "credential" : [ {objects} ] ,\n"{name}":{tokens} }}'.encode()

    def assertion(self, number: int) -> dict[str, Any]:
        """An Open Badges 2.0 assertion that stands at its own address here."""
        who = "bob@example.org" if number == 5 else ADA
        hashed = hashlib.sha256((who + "salt").encode()).hexdigest()
        found = {
            "@context": "https://w3id.org/openbadges/v2",
            "type": "Assertion",
            "id": f"{self.origin}/assertions/{number}",
            "badge": f"{self.origin}/classes/{number}",
            "image": f"{self.origin}/images/{number}.png",
            "recipient": {
                "type": "email",
                "hashed": True,
                "salt": "salt",
                "identity": f"sha256${hashed}",
            },
            "verification": {"type": "HostedBadge"},
            "issuedOn": issued(number),
        }
        if number == 3:
            found["expires"] = "2026-02-01T00:00:00Z"
        return found

    def _document(self, path: str) -> Answer:
        kind, _slash, rest = path.strip("/").partition("/")
        number = int(rest.partition(".")[0]) if rest.partition(".")[0].isdigit() else None
        if number is not None and kind == "assertions":
            if number == 4:
                return data({"id": self.origin + path, "revoked": True}, status=410)
            return data(self.assertion(number))
        if number is not None and kind == "classes":
            return data(
                {
                    "@context": "https://w3id.org/openbadges/v2",
                    "type": "BadgeClass",
                    "id": self.origin + path,
                    "name": f"Sailing, part {number}",
                    "description": "Sails a little further.",
                    "image": f"{self.origin}/images/{number}.png",
                    "criteria": {"narrative": "Sail before a witness."},
                    "issuer": f"{self.origin}/issuer",
                }
            )
        if number is not None and kind == "images":
            return Answer(png(number), content_type="image/png")
        if path == "/issuer":
            return data(
                {
                    "@context": "https://w3id.org/openbadges/v2",
                    "type": "Issuer",
                    "id": f"{self.origin}/issuer",
                    "name": "Northwind Sailing School",
                    "url": self.origin,
                    "email": "badges@provider.test",
                }
            )
        return page(f"<h1>{self.title}</h1>") if path in {"/terms", "/privacy"} else NOT_THERE


def issued(number: int) -> str:
    """Every badge a day later than the one before."""
    month, day = divmod(number, 28)
    return f"2026-{month % 12 + 1:02d}-{day + 1:02d}T12:00:00Z"


_SIGNER = Signer("Northwind Sailing School")
_spaces = itertools.cycle((" ", "  ", "\t"))


@functools.cache
def credential(number: int) -> str:
    """A signed Open Badges 3.0 credential, as text with spaces of its own."""
    signed = _SIGNER.credential(
        number,
        email="bob@example.org" if number == 6 else ADA,
        name=f"Sailing, part {number}",
        validFrom=issued(number),
        **({"validUntil": "2026-02-01T00:00:00Z"} if number == 3 else {}),
    )
    return json.dumps(signed, separators=(f",{next(_spaces)}", " : "))


@functools.cache
def token(number: int) -> str:
    """The same as a signed text, its key in its header."""
    claims = unsigned(number, name=f"Sailing, part {number}", validFrom=issued(number))
    return proofs.sign_jws(claims, RSA, {"jwk": keys.to_jwk(RSA.public_key())})
