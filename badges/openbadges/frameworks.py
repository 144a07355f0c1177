"""Which framework of skills an address or a code belongs to, and its one spelling there.

Theory of operation. Frameworks that live in one place (ESCO, O*NET, Lightcast, CTDL) are known by
their host, compared whole and as the parsed host of the address, never as a part of the text: else
`https://evil.test/?data.europa.eu/esco/skill/...` would speak for ESCO. Frameworks that anybody may
serve (CASE, rich skill descriptors) are known by the shape of the path, and there the host is part
of the identifier: nobody can answer for an item of somebody else's. A code without an address
counts only beside a framework that is named, again whole.

One thing has many addresses (http and https, old sites, pages of a site that carry the address in
their query); `Identifier.url` is the same for all of them. Nothing is fetched. What a framework
also describes and what is no skill (occupations, fields, whole frameworks) says so.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import SplitResult, parse_qs, quote_plus

from badges.openbadges.values import authority, web_url

MAX_ADDRESS = 2000
MAX_TOOL = 150


class Framework(StrEnum):
    """The frameworks that are recognised, by the names that people know them by."""

    ESCO = "ESCO"
    ONET = "O*NET"
    LIGHTCAST = "Lightcast Open Skills"
    CASE = "CASE"
    CTDL = "Credential Registry"
    RSD = "Rich Skill Descriptors"


class Kind(StrEnum):
    """What stands behind an identifier."""

    SKILL = "skill"
    OCCUPATION = "occupation"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Identifier:
    """One thing of one framework. `url` is its one spelling, `id` the short form within it."""

    framework: Framework
    id: str
    url: str
    kind: Kind = Kind.SKILL


UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
ESCO_GROUP = re.compile(r"[SKTL](\d{1,2}(\.\d{1,2}){0,4})?", re.ASCII)
ISCO = re.compile(r"C?\d{1,4}", re.ASCII)
ELEMENT = re.compile(
    r"[1-6]\.[A-F](\.\d{1,2}(\.[a-z](\.\d{1,2}(\.[a-z])?)?)?)?(\.I\d{2}(\.D\d{2})?)?", re.ASCII
)
OCCUPATION = re.compile(r"(\d{2}-\d{4})(\.\d{2})?", re.ASCII)
LIGHTCAST_ID = re.compile(r"(KS|ES|BGS)[0-9A-Z]{12,22}")
CTID = re.compile(rf"ce-{UUID.pattern}")
# The parts of O*NET's content model that a person can do or know: abilities, work styles, skills,
# knowledge, work activities. The rest is about jobs: interests, tools, working conditions.
ONET_SKILLS = ("1.A", "1.C", "1.D", "2.A", "2.B", "2.C", "4.A")
# Pages of credentialfinder.org that are about something else than a competency.
FINDER_SKILLS = {"competency", "resources"}
NAMES = {
    "esco": Framework.ESCO,
    "escoskills": Framework.ESCO,
    "europeanskillscompetencesqualificationsandoccupations": Framework.ESCO,
    "onet": Framework.ONET,
    "onetsoc": Framework.ONET,
    "onetonline": Framework.ONET,
    "lightcast": Framework.LIGHTCAST,
    "lightcastskills": Framework.LIGHTCAST,
    "lightcastopenskills": Framework.LIGHTCAST,
    "emsi": Framework.LIGHTCAST,
    "emsiskills": Framework.LIGHTCAST,
    "ctdl": Framework.CTDL,
    "ctdlasn": Framework.CTDL,
    "credentialregistry": Framework.CTDL,
    "credentialengineregistry": Framework.CTDL,
}


def identify(address: str, *, code: str = "", framework: str = "") -> Identifier | None:
    """What an alignment points at, by its address or else by its code beside a named framework.

    None for what belongs to no framework that is known here. Never raises.
    """
    address, code = address.strip(), code.strip()
    if len(address) > MAX_ADDRESS:
        return None
    named = _named(framework)
    return (
        _by_address(address)
        or _by_path(address, named)
        or (_by_code(code, named) if code and named else None)
        or (_by_code(address, named) if address and named else None)
    )


def _named(framework: str) -> Framework | None:
    """The framework that a text names, whatever its signs and its edition: "O*NET 30.1"."""
    text = re.sub(r"\s*\(?v?\d[\d.]*\)?$", "", framework[:200].strip().casefold())
    return NAMES.get(re.sub(r"[^a-z]", "", text))


def _by_address(address: str) -> Identifier | None:
    parts = web_url(address if "://" in address else f"https://{address}")
    if parts is None:
        return None
    host = authority(parts.geturl()).removeprefix("www.")
    # As it stands: an escaped slash or control character is no part of any identifier.
    path = tuple(part for part in parts.path.split("/") if part)
    read = HOSTS.get(host)
    found = read(path, parts) if read else None
    return found or _case(host, path) or _descriptor(host, path)


# --- ESCO ------------------------------------------------------------------------------------


def _esco(path: tuple[str, ...], parts: SplitResult) -> Identifier | None:
    """An address of the concepts themselves."""
    if len(path) != 3 or path[0].lower() != "esco":
        return None
    return _concept(path[1].lower(), path[2])


def _concept(of: str, name: str) -> Identifier | None:
    kind = {"skill": Kind.SKILL, "occupation": Kind.OCCUPATION, "isco": Kind.OCCUPATION}.get(of)
    if of == "isco":
        known = ISCO.fullmatch(name.upper())
        name = f"C{name.upper().removeprefix('C')}"
    elif UUID.fullmatch(name.lower()):
        known, name = UUID.fullmatch(name.lower()), name.lower()
    else:
        known, name = ESCO_GROUP.fullmatch(name.upper()), name.upper()
        kind = kind if of == "skill" else None
    if kind is None or known is None:
        return None
    return Identifier(Framework.ESCO, name, f"http://data.europa.eu/esco/{of}/{name}", kind)


def _esco_page(path: tuple[str, ...], parts: SplitResult) -> Identifier | None:
    """A page of ESCO's sites, which carries the concept's address in its query."""
    if parts.hostname == "ec.europa.eu" and path[:1] != ("esco",):
        return None
    for name in ("uri", "uris", "conceptUri"):
        for given in _asked(parts, name):
            inner = web_url(given)
            if inner is not None and authority(given) == "data.europa.eu":
                return _esco(tuple(part for part in inner.path.split("/") if part), inner)
    return None


def _by_path(address: str, named: Framework | None) -> Identifier | None:
    """ESCO's addresses as old issuers cut them: `esco/skill/...`, `esco:skill/...`, `/skill/...`.

    The last does not say whose it is, so that the framework has to be named beside it.
    """
    path = tuple(part for part in re.split(r"[/:]", address) if part)
    if len(path) == 3 and path[0].lower() == "esco":
        return _concept(path[1].lower(), path[2])
    if len(path) == 2 and named is Framework.ESCO:
        # `esco/<uuid>` leaves out what it is: those that are met are skills.
        of = path[0].lower()
        return _concept("skill" if of == "esco" else of, path[1])
    return None


# --- O*NET -----------------------------------------------------------------------------------


def _onet(path: tuple[str, ...], parts: SplitResult) -> Identifier | None:
    if path[:3] == ("search", "tech", "example"):
        return next((technology(name) for name in _asked(parts, "e") if name.strip()), None)
    return next(filter(None, (_onet_code(part) for part in reversed(path))), None)


def _onet_code(code: str) -> Identifier | None:
    if found := OCCUPATION.fullmatch(code):
        name = f"{found[1]}{found[2] or '.00'}"
        address = f"https://www.onetonline.org/link/summary/{name}"
        return Identifier(Framework.ONET, name, address, Kind.OCCUPATION)
    if ELEMENT.fullmatch(code):
        kind = Kind.SKILL if code.startswith(ONET_SKILLS) else Kind.OTHER
        address = f"https://www.onetonline.org/find/descriptor/result/{code}"
        return Identifier(Framework.ONET, code, address, kind)
    return None


def technology(name: str) -> Identifier:
    """A tool by its name: O*NET lists technology skills without giving them an identifier."""
    name = " ".join(name.casefold().split())[:MAX_TOOL]
    address = f"https://www.onetonline.org/search/tech/example?e={quote_plus(name)}"
    return Identifier(Framework.ONET, name, address)


# --- Lightcast, the Credential Registry ------------------------------------------------------


def _lightcast(path: tuple[str, ...], parts: SplitResult) -> Identifier | None:
    return next(filter(None, (_lightcast_id(part) for part in path)), None)


def _lightcast_id(code: str) -> Identifier | None:
    name = code.upper()
    if not LIGHTCAST_ID.fullmatch(name):
        return None
    return Identifier(Framework.LIGHTCAST, name, f"https://lightcast.io/open-skills/skills/{name}")


def _registry(path: tuple[str, ...], parts: SplitResult) -> Identifier | None:
    """What the identifier is of cannot be seen, but the finder's pages tell it."""
    found = next((name for name in map(str.lower, path) if CTID.fullmatch(name)), None)
    if found is None:
        return None
    host = authority(parts.geturl()).removeprefix("www.")
    sandbox = host.startswith("sandbox.")
    finder = host.endswith("credentialfinder.org")
    kind = Kind.OTHER if finder and path[0].lower() not in FINDER_SKILLS else Kind.SKILL
    return _ctid(found, kind, "sandbox." if sandbox else "")


def _ctid(name: str, kind: Kind = Kind.SKILL, where: str = "") -> Identifier | None:
    if not CTID.fullmatch(name):
        return None
    address = f"https://{where}credentialengineregistry.org/resources/{name}"
    return Identifier(Framework.CTDL, name, address, kind)


def _terms(path: tuple[str, ...], parts: SplitResult) -> Identifier | None:
    """The words of CTDL itself: kinds of credentials, never a skill."""
    if not path:
        return None
    name = "/".join(path) + (f"#{parts.fragment}" if parts.fragment else "")
    return _registry(path, parts) or Identifier(
        Framework.CTDL, name, f"https://credreg.net/{name}", Kind.OTHER
    )


# --- Served by anybody: CASE and rich skill descriptors --------------------------------------


def _case(host: str, path: tuple[str, ...]) -> Identifier | None:
    """An item of a framework by CASE, at whichever of its editions' addresses."""
    lower = tuple(part.lower() for part in path)
    if host == "opensalt.net" and len(path) == 2 and lower[0] == "uri":
        return _item(host, "", lower[1].removesuffix(".json"), Kind.SKILL)
    for at in range(len(path) - 4):
        if lower[at : at + 2] == ("ims", "case") and lower[at + 2] in {"v1p0", "v1p1"}:
            kinds = {"cfitems": Kind.SKILL, "cfdocuments": Kind.OTHER, "cfpackages": Kind.OTHER}
            kind = kinds.get(lower[at + 3])
            above = "".join(f"/{part}" for part in path[:at])
            return _item(host, above, lower[at + 4], kind) if kind and at + 5 == len(path) else None
    return None


def _item(host: str, above: str, name: str, kind: Kind) -> Identifier | None:
    if not UUID.fullmatch(name):
        return None
    of = "CFItems" if kind is Kind.SKILL else "CFDocuments"
    address = f"https://{host}{above}/ims/case/v1p0/{of}/{name}"
    return Identifier(Framework.CASE, f"{host}/{name}", address, kind)


def _descriptor(host: str, path: tuple[str, ...]) -> Identifier | None:
    """A skill on a site of the Open Skills Management Toolset, which all have `osmt` for a name."""
    if "osmt" not in host.partition(":")[0].split("."):
        return None
    lower = tuple(part.lower() for part in path)
    if lower[:1] == ("api",):
        lower = lower[1:]
    if lower and re.fullmatch(r"v\d", lower[0]):
        lower = lower[1:]
    if len(lower) != 2 or lower[0] != "skills" or not UUID.fullmatch(lower[1]):
        return None
    name = lower[1]
    return Identifier(Framework.RSD, f"{host}/{name}", f"https://{host}/api/skills/{name}")


# --- Codes -----------------------------------------------------------------------------------


def _by_code(code: str, named: Framework) -> Identifier | None:
    """A code that stands beside the name of its framework."""
    match named:
        case Framework.ESCO:
            return _concept("skill", code)
        case Framework.ONET:
            return _onet_code(code)
        case Framework.LIGHTCAST:
            return _lightcast_id(code)
        case Framework.CTDL:
            return _ctid(code.lower())
    return None


def _asked(parts: SplitResult, name: str) -> list[str]:
    try:
        return parse_qs(parts.query, max_num_fields=50).get(name, [])
    except ValueError:
        return []


HOSTS: dict[str, Callable[[tuple[str, ...], SplitResult], Identifier | None]] = {
    "data.europa.eu": _esco,
    "esco.ec.europa.eu": _esco_page,
    "ec.europa.eu": _esco_page,
    "onetonline.org": _onet,
    "onetcenter.org": _onet,
    "services.onetcenter.org": _onet,
    "mynextmove.org": _onet,
    "lightcast.io": _lightcast,
    "skills.lightcast.io": _lightcast,
    "skills.emsidata.com": _lightcast,
    "credentialengineregistry.org": _registry,
    "sandbox.credentialengineregistry.org": _registry,
    "credentialfinder.org": _registry,
    "sandbox.credentialfinder.org": _registry,
    "credreg.net": _terms,
}
