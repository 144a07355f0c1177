"""The displayer's answers: how the Mozilla Backpack showed public badges to other sites.

The backpack is gone, its answers are not: Open Badge Passport still gives them, and what people
saved of their backpack has the same form. Badges lie in groups. Of each we are told the address
where it is hosted, a copy of what was there, and a picture. The address is what counts; the copy
speaks where that is dead, as it mostly is after ten years.
"""

import re
from collections.abc import Iterator

from django.utils.translation import gettext as _

from badges.openbadges import v2
from badges.openbadges.fetching import Fetch
from badges.openbadges.strict_json import JsonObject
from badges.openbadges.values import id_of, obj, objects
from badges.sources import hosted
from badges.sources.base import Found, Nothing, Reader, text, web

MAX_GROUPS = 50
MAX_BADGES = 1000
ALL = "0"  # the group of Open Badge Passport that holds every public badge


def of_user(reader: Reader, site: str, user: str, *, fetch: Fetch) -> Iterator[Found]:
    """Every public badge of this user, whichever groups it lies in."""
    url = f"{site}/displayer/{user}/groups.json"
    shown = reader.ask_json(url, fetch=fetch, missing=_empty(reader))
    listed = objects(obj(shown).get("groups"))
    groups = [text(one.get("groupId", one.get("groupid")), 20) for one in listed]
    groups = [ALL] if ALL in groups else [one for one in groups if re.fullmatch("[0-9]+", one)]
    basis, by = reader.said_by(site.removeprefix("https://"))
    known: set[str] = set()
    for group in groups[:MAX_GROUPS]:
        try:
            entries = _group(reader, site, user, group, fetch)
        except Nothing:
            continue  # it was hidden since, and says nothing about the others
        for found in badges(entries, basis=basis, by=by):
            if found.key not in known and len(known) < MAX_BADGES:
                known.add(found.key)
                yield found
    if not known:
        raise Nothing(_empty(reader))


def of_group(reader: Reader, site: str, user: str, group: str, *, fetch: Fetch) -> Iterator[Found]:
    """The badges of one group."""
    basis, by = reader.said_by(site.removeprefix("https://"))
    there = False
    for found in badges(_group(reader, site, user, group, fetch), basis=basis, by=by):
        there = True
        yield found
    if not there:
        raise Nothing(_empty(reader))


def badges(entries: list[JsonObject], *, basis: str, by: str) -> Iterator[Found]:
    """Each badge of these entries once."""
    known: set[str] = set()
    for entry in entries[:MAX_BADGES]:
        found = _found(entry, basis, by)
        if found is not None and found.key not in known:
            known.add(found.key)
            yield found


def _group(reader: Reader, site: str, user: str, group: str, fetch: Fetch) -> list[JsonObject]:
    url = f"{site}/displayer/{user}/group/{group}.json"
    shown = obj(reader.ask_json(url, fetch=fetch, missing=_empty(reader))).get("badges")
    if not isinstance(shown, list):  # the backpack told "missing" with a status of 200
        raise Nothing(_empty(reader))
    return objects(shown)


def _found(entry: JsonObject, basis: str, by: str) -> Found | None:
    copy = obj(entry.get("assertion"))
    badge, issuer = obj(copy.get("badge")), obj(obj(copy.get("badge")).get("issuer"))
    url = _hosted_at(entry, copy)
    marks = (copy.get("uid"), badge.get("name"), issuer.get("name"), copy.get("issuedOn"))
    key = hosted.key_of(url or " ".join(text(mark, 200) for mark in marks).strip())
    statement = hosted.stated(copy, id=key, basis=basis, by=by)
    if not url and statement is None:
        return None
    return Found(
        key=key,
        label=statement.name if statement else url,
        url=url,
        statement=statement,
        image=web(entry.get("imageUrl")) or hosted.image(copy),
    )


def _hosted_at(entry: JsonObject, copy: JsonObject) -> str:
    """Where the badge itself is. A signed one names the address of its key in the same place."""
    url = hosted.address(entry.get("hostedUrl"))
    if not url and v2.is_hosted(copy):
        url = hosted.address(v2.verification(copy).get("url")) or hosted.address(id_of(copy))
    return url


def _empty(reader: Reader) -> str:
    message = _("%(site)s shows no badges there. Only those that are public can be read.")
    return message % {"site": reader.title}
