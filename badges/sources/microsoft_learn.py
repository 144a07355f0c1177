"""Microsoft Learn: a transcript that its owner shares by link.

The transcript lists certifications, applied skills, passed exams and learning paths. None comes
as a credential, so each is a statement of the platform. Modules, of which people have hundreds,
are only counted. The answer also holds an e-mail address, a legal name and a number of the person
(`contactEmail`, `legalName`, `mcid`): lists are looked up by name, so these are never read.

Whoever has the link sees all that, so its last part is as good as a key. It must be kept to look
again, and is kept in `answers` alone: it stands in no words, no label, no statement.

How keys are called differs from one transcript to the next; what is looked for is any list whose
name ends as the four are known to, at the top or one level down.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urljoin

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from badges.openbadges.fetching import Fetch
from badges.openbadges.strict_json import JsonObject
from badges.openbadges.values import obj, objects
from badges.sources.base import Found, Link, Nothing, Reader, Seen, Statement, day, text, web

SHARE = re.compile(r"[A-Za-z0-9]{8,64}")
LOCALE = re.compile(r"[a-z]{2,3}(-[a-z0-9]{2,8}){0,2}")
TAKEN_BACK = {"revoked", "cancelled", "canceled"}

NAMES = ("name", "title", "certificationname", "examtitle", "examname", "credentialname")
NUMBERS = ("certificationnumber", "credentialid", "examnumber", "number", "uid", "id")
EARNED = ("dateearned", "awardedon", "examdatetaken", "completedon", "earnedon", "passedon", "date")
ENDS = ("expiration", "expirationdate", "expireson")


@dataclass(frozen=True, slots=True)
class Kind:
    """One of the four things a transcript lists: how such a list's name ends, in lower case."""

    name: str
    lists: tuple[str, ...]
    achievement: str  # an AchievementType


KINDS = (
    Kind("certification", ("certifications",), "Certification"),
    Kind("applied-skill", ("appliedskillscredentials", "appliedskills"), "MicroCredential"),
    Kind("exam", ("passedexams", "exampassed", "examspassed"), "Assessment"),
    Kind("learning-path", ("learningpathscompleted", "learningpaths"), "LearningProgram"),
)


class MicrosoftLearn(Reader):
    name = "microsoft_learn"
    title = "Microsoft Learn"
    keeps_link = False
    help = gettext_lazy(
        "The link of your transcript: on Microsoft Learn open your profile, then Transcript, then "
        "“Share link”."
    )
    example = "https://learn.microsoft.com/en-us/users/name/transcript/abcd1234efgh567"
    known_hosts = {
        "learn.microsoft.com": "learn.microsoft.com",
        "docs.microsoft.com": "learn.microsoft.com",
    }

    def recognise_link(self, link: Link) -> Seen | None:
        host = self.hosts.get(link.host)
        if host is None:
            return None
        parts = list(link.parts)
        words = [part.lower() for part in parts]
        if words[:4] == ["api", "profiles", "transcript", "share"] and len(parts) == 5:
            return self._transcript(host, "", parts[4])
        if words and LOCALE.fullmatch(words[0]) and words[0] != "api":
            parts, words = parts[1:], words[1:]
        if len(parts) < 2 or words[0] != "users":
            return None
        name = text(unquote(parts[1]), 100)
        if words[2:3] == ["transcript"] and len(parts) == 4:
            return self._transcript(host, name, parts[3])
        words_seen = _("Microsoft Learn profile %(name)s") % {"name": name}
        return self.seen(words_seen, host=host, name=name, share="")

    def _transcript(self, host: str, name: str, share: str) -> Seen | None:
        if not SHARE.fullmatch(share):
            return None
        words = _("Microsoft Learn transcript %(name)s") % {"name": name}
        return self.seen(words.strip(), lasting=True, host=host, name=name, share=share)

    def find(
        self, answers: Mapping[str, str], *, fetch: Fetch, data: bytes = b""
    ) -> Iterator[Found]:
        host, share = self.host_of(answers), answers["share"]
        if not share:
            raise Nothing(
                _(
                    "A Microsoft Learn profile shows no certifications to others. Open Transcript "
                    "in your profile, choose “Share link”, and bring that link."
                )
            )
        url = f"https://{host}/api/profiles/transcript/share/{share}?locale=en-us"
        missing = _(
            "Microsoft Learn shows no transcript there. Is the link complete, and is it still "
            "shared?"
        )
        transcript = obj(self.ask_json(url, fetch=fetch, missing=missing))
        known: set[str] = set()
        for kind in KINDS:
            for row in rows(transcript, kind.lists):
                found = self._found(kind, row, f"https://{host}/")
                if found is not None and found.key not in known:
                    known.add(found.key)
                    yield found
        if not known:
            modules = len(rows(transcript, ("modulescompleted",)))
            raise Nothing(
                _(
                    "This transcript lists no certification, applied skill, exam or learning path "
                    "(and %(modules)s modules, which are not brought over)."
                )
                % {"modules": modules}
            )

    def _found(self, kind: Kind, row: JsonObject, site: str) -> Found | None:
        said = {str(key).lower(): value for key, value in row.items()}
        name = _first(said, NAMES)[:500]
        number = _first(said, NUMBERS)[:100]
        earned = day(_first(said, EARNED))
        if not name:
            return None
        # The number of an exam or a path is everybody's; with its day it is this person's.
        shared = kind.name in {"exam", "learning-path"}
        key = f"{kind.name}:{number or name}{f':{earned}' if shared and earned else ''}"[:300]
        if _first(said, ("status",)).lower() in TAKEN_BACK:
            return Found(key, name, reason=_("Microsoft says that this was taken back."))
        icon = _first(said, ("iconurl",))[:1000]
        statement = Statement(
            basis="platform",
            by=self.title,
            id=key,
            name=name,
            issuer="Microsoft",
            issued_on=earned,
            expires_on=day(_first(said, ENDS)),
            image=_address(site, icon),
            kind=kind.achievement,
            licence=number if kind.name in {"certification", "applied-skill"} else "",
        )
        return Found(key, name, statement=statement)


def rows(transcript: JsonObject, endings: tuple[str, ...]) -> list[JsonObject]:
    """The objects of all lists whose name ends like this, at the top or one level down."""
    places = [transcript, *(obj(inner) for inner in transcript.values())]
    return [
        row
        for place in places
        for key, value in place.items()
        if isinstance(value, list) and key.lower().endswith(endings)
        for row in objects(value)
    ]


def _first(said: Mapping[str, Any], names: tuple[str, ...]) -> str:
    return next((found for name in names if (found := text(said.get(name)))), "")


def _address(site: str, icon: str) -> str:
    """The address of a picture, which mostly stands there without its site."""
    try:
        return web(urljoin(site, icon)) if icon else ""
    except ValueError:
        return ""
