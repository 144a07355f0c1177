"""The registry of issuers: who is known, who is not, and who only sounds like somebody known.

Theory of operation. An entry is found by what the issuer check has *established*, never by what
a badge says of itself: the identifier (a web address or DID), or the host that the identifier
lives on when the whole host has been entered. So a badge counts as a known issuer's only when
its issuer check passed. A name is the opposite: anybody can write any name, so a name proves
nothing, but a name of the registry beside another identifier is worth a warning. Names are
compared folded (`fold`), so that "Нarvard" with a Cyrillic letter falls on "Harvard". What was
only stated (`Basis`) poses as nobody and is not looked up.

Most honest issuers are in no registry. "Not in our registry" is therefore neutral, everywhere.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.text import Truncator
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.services import audit
from badges.models import Badge, Basis, KnownIssuer, KnownName
from badges.openbadges.controllers import host_of
from badges.openbadges.values import authority, normal_id

KNOWN, NOT_LISTED, IMPERSONATES = "known", "not_listed", "impersonates"
MAX_IDENTIFIER = 500
MAX_FOLDED = 300


# --- Identifiers -----------------------------------------------------------------------------


def normal(identifier: str) -> str:
    """The one spelling in which an identifier is kept and looked up. Raises `ValidationError`.

    http and https of one address count as one, as they do in the issuer check.
    """
    text = identifier.strip()
    if not text or not text.isprintable() or len(text) > MAX_IDENTIFIER:
        raise ValidationError(_("Give a web address, a DID or a host, of up to 500 characters."))
    if text.startswith("did:"):
        return _normal_did(text)
    if text.lower().startswith(("http://", "https://")):
        if not authority(text):
            raise ValidationError(_("This is not a web address that can be opened."))
        found = normal_id(text)
        return "https" + found[found.index("://") :]
    host = authority(f"https://{text}") if re.fullmatch(r"[^\s/?#@\\]+", text) else ""
    if "." not in host:
        raise ValidationError(
            _("This is neither a web address, nor a DID, nor a host such as badges.example.edu.")
        )
    return host


def _normal_did(text: str) -> str:
    if not re.fullmatch(r"did:[a-z0-9]+:[A-Za-z0-9._:%-]+", text):
        raise ValidationError(_("This is not a DID. One looks like did:web:example.edu."))
    if not text.startswith("did:web:"):
        return text
    host, colon, path = text[8:].partition(":")
    return f"did:web:{host.lower()}{colon}{path}"


def _keys(identifier: str) -> list[str]:
    """Under which entries an identifier may stand: its own, and its host's."""
    try:
        own = normal(identifier)
    except ValidationError:
        return []
    host = host_of(own)
    return [own, host] if host != own else [own]


# --- Names -----------------------------------------------------------------------------------

# Letters that look like one of ours, small or capital. Case is folded before, so where the two
# differ (Greek Η, η) the capital decides: names begin with one.
LOOKALIKES = str.maketrans(
    {
        mark: letter
        for letter, marks in {
            "a": "аα", "b": "вьβ", "c": "сϲ", "d": "ԁđ", "e": "еεє", "g": "ɡ", "h": "нһηħ",
            "i": "іιı", "j": "јϳ", "k": "кκ", "l": "łӏ", "m": "мμ", "n": "ν", "o": "оοøσ",
            "p": "рρ", "q": "ԛ", "s": "ѕ", "t": "тτ", "v": "ѵ", "w": "ԝωѡ", "x": "хχ",
            "y": "уυγү", "z": "ζ", "3": "з",
        }.items()
        for mark in marks
    }
)  # fmt: skip
CLOSE = str.maketrans("i1|0", "lllo")


def fold(name: str) -> str:
    """What is left of a name for the eye: no case, marks, spaces or signs, look-alikes as one."""
    text = unicodedata.normalize("NFKC", name[: MAX_FOLDED * 4]).casefold()
    text = unicodedata.normalize("NFKD", text).casefold().translate(LOOKALIKES)
    words = re.findall(r"[^\W_]+", "".join(c for c in text if not unicodedata.combining(c)))
    if len(words) > 1 and words[0] == "the":
        words = words[1:]
    folded = "".join(words)
    # Of a short form such as MIT too little is left when i and l are one letter.
    if len(folded) > 4:
        folded = folded.translate(CLOSE).replace("rn", "m").replace("vv", "w")
    return folded[:MAX_FOLDED]


# --- Standing --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Claim:
    """What a badge says of its issuer, and the host that a check established, or nothing."""

    identifier: str
    host: str
    name: str


@dataclass(frozen=True, slots=True)
class Standing:
    """How an issuer stands to the registry: a code, a sentence, and the entry's own name."""

    code: str
    words: str
    entry: str = ""


def standing(*, identifier: str, host: str, name: str, now: datetime) -> Standing:
    """One issuer. `host` is empty unless the issuer check passed. One query."""
    return standings([Claim(identifier, host, name)], now=now)[0]


def of_badges(badges: Sequence[Badge], *, now: datetime) -> list[Standing | None]:
    """How the issuers of these badges stand, in their order, for one query.

    None where nobody claims to be the issuer. A statement of a platform or a person says who
    issued something without posing as them, so its name is neither looked up nor warned of.
    """
    claims = {
        badge.pk: Claim(badge.issuer.identifier, badge.host, badge.issuer.name)
        for badge in badges
        if badge.issuer is not None and badge.basis == Basis.DOCUMENT
    }
    found = dict(zip(claims, standings(list(claims.values()), now=now), strict=True))
    return [found.get(badge.pk) for badge in badges]


def standings(claims: Sequence[Claim], *, now: datetime) -> list[Standing]:
    """Many issuers, in their order, for the same one query."""
    day = timezone.localdate(now)
    keys = {claim: _keys(claim.identifier) for claim in dict.fromkeys(claims)}
    wanted = {key for found in keys.values() for key in found}
    folded = {claim: fold(claim.name) for claim in keys}
    bearers = KnownName.objects.filter(folded__in={text for text in folded.values() if text})
    rows = KnownIssuer.objects.filter(
        Q(identifier__in=wanted) | Q(pk__in=bearers.values("issuer"))
    ).order_by("pk")
    entries: dict[str, KnownIssuer] = {}
    named: dict[str, list[KnownIssuer]] = {}
    for row in rows if wanted or any(folded.values()) else ():
        entries[row.identifier] = row
        for text in set(map(fold, row.names)) if row.is_current(day) else ():
            named.setdefault(text, []).append(row)
    judged = {
        claim: _judge(
            claim,
            [entries[key] for key in keys[claim] if key in entries],
            named.get(folded[claim], []),
            day,
        )
        for claim in keys
    }
    return [judged[claim] for claim in claims]


def _judge(
    claim: Claim, listed: list[KnownIssuer], named: list[KnownIssuer], day: date
) -> Standing:
    current = [entry for entry in listed if entry.is_current(day)]
    if named and not any(entry in current for entry in named):
        words = _(
            "It calls itself “%(name)s”. In our registry that is another issuer, with another "
            "identifier. Ask the known one before you count on this badge."
        )
        return Standing(IMPERSONATES, words % {"name": _short(claim.name)}, named[0].name)
    if current and claim.host:
        entry = current[0]
        if entry.identifier == host_of(entry.identifier) and "://" in claim.identifier:
            words = _("Its site, %(host)s, stands in our registry as %(name)s.")
        else:
            words = _("It stands in our registry as %(name)s.")
        values = {"host": _short(entry.identifier), "name": _short(entry.name)}
        return Standing(KNOWN, words % values, entry.name)
    if current:
        words = _(
            "The badge names an issuer of our registry, %(name)s, but that this issuer issued it "
            "has not been established."
        )
        return Standing(NOT_LISTED, words % {"name": _short(current[0].name)})
    if listed:
        return Standing(NOT_LISTED, _ended(listed[0], day))
    if not claim.host:
        words = _("Who issued it has not been established, so there is nobody to look up.")
        return Standing(NOT_LISTED, words)
    return Standing(
        NOT_LISTED,
        _("That says nothing against it: the registry holds only issuers that we have looked at."),
    )


def _ended(entry: KnownIssuer, day: date) -> str:
    if not entry.withdrawn and entry.valid_until is not None and entry.valid_until < day:
        ended = date_format(entry.valid_until, "DATE_FORMAT")
        return _("It stood in our registry until %(date)s.") % {"date": ended}
    return _("Its entry in our registry does not count at present.")


def _short(text: str) -> str:
    return Truncator(" ".join(text.split())).chars(80)


# --- Keeping ---------------------------------------------------------------------------------


def save(*, entry: KnownIssuer, actor: User | None) -> KnownIssuer:
    """Keep one entry with its folded names, and write down who did."""
    with transaction.atomic():
        new = entry.pk is None
        entry.identifier = normal(entry.identifier)
        entry.save()
        write_names([entry])
        action = "registry.entry_added" if new else "registry.entry_changed"
        audit.record(actor=actor, action=action, target=entry, identifier=entry.identifier)
    return entry


def write_names(entries: Iterable[KnownIssuer]) -> None:
    """Fold the names of saved entries anew."""
    rows = list(entries)
    KnownName.objects.filter(issuer__in=rows).delete()
    KnownName.objects.bulk_create(
        (
            KnownName(issuer=entry, folded=folded)
            for entry in rows
            for folded in dict.fromkeys(filter(None, map(fold, entry.names)))
        ),
        batch_size=500,
    )
