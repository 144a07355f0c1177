"""Looks at one thing of an import: gets hold of it, has it checked, and finds its picture.

Nothing here touches a row: what was learnt goes back as an `Outcome`, and `bringing` writes it
down. So any number of things may be looked at side by side.
"""

import hashlib
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from uuid import UUID

from django.utils import translation
from django.utils.translation import gettext as _

from badges import sources
from badges.models import ImportItem
from badges.openbadges import parse, v2
from badges.openbadges import verify as core
from badges.openbadges.errors import OpenBadgesError, Unreachable
from badges.openbadges.fetching import Fetch, Fetched
from badges.openbadges.report import Check, Report
from badges.services import images, links, originals, unfolding
from badges.services.originals import Kept
from badges.services.web import Errand
from badges.sources import statement as statements
from badges.sources.base import Found, Nothing, Statement

logger = logging.getLogger("laurel.imports")


@dataclass
class Outcome:
    """What was learnt of one item: a badge, several pieces, or why neither."""

    item: ImportItem
    report: Report | None = None
    kept: Kept | None = None
    source_url: str = ""
    statement: Statement | None = None
    pieces: list[str] = field(default_factory=list)
    picture: bytes = b""
    picture_digest: str = ""
    error: str = ""
    can_retry: bool = False
    unreachable: bool = False
    rested_until: datetime | None = None
    broke: bool = False

    @cached_property
    def words(self) -> int:
        """Bytes that are kept in memory until it is written down, about, beside the picture: of
        a document there is its text, and what was read from that."""
        held = sum(map(len, self.pieces))
        if self.report is not None:
            held += 2 * len(self.report.document.text) if self.report.document else 0
            held += sum(len(one.body) for one in self.report.documents)
        return held


@dataclass(frozen=True, slots=True)
class Taken:
    """Bytes in hand, and how they came."""

    data: bytes
    source_url: str = ""
    image: str = ""
    statement: Statement | None = None


@dataclass(frozen=True, slots=True)
class Looker:
    """What every look of one import has in common."""

    owner_id: UUID
    addresses: Sequence[str]
    fetch: Fetch
    language: str

    def look(self, item: ImportItem, *, now: datetime, last: bool) -> Outcome:
        """Whatever happens, an Outcome. `last` says that a site that does not answer now will
        not be asked again for this item."""
        errand = Errand(self.fetch)
        try:
            with translation.override(self.language):  # each thread has one of its own
                outcome = self._look(item, errand, now, last)
        except Unreachable as error:
            outcome = Outcome(item, error=error.message, can_retry=True, unreachable=True)
        except OpenBadgesError as error:
            outcome = Outcome(item, error=error.message)
        except Exception:
            logger.exception("Import item %s failed, attempt %s", item.pk, item.attempts)
            outcome = Outcome(item, broke=True)
        outcome.rested_until = errand.rested_until
        return outcome

    def _look(self, item: ImportItem, errand: Errand, now: datetime, last: bool) -> Outcome:
        taken = take(item, fetch=errand, last=last)
        report = self._checked(taken, errand, now)
        if report.credential is None and taken.statement is None and item.statement:
            # What stands at the address is no badge after all: what the platform says is left.
            taken = _stated(statements.of_json(item.statement), item.reader)
            report = self._checked(taken, errand, now)
        outcome = Outcome(item, report, statement=taken.statement, source_url=taken.source_url)
        outcome.pieces = unfolding.inside(report)
        if report.document is None and outcome.pieces:
            return outcome
        if report.credential is None or report.document is None:
            outcome.error = report.finding(Check.READABLE).detail
            outcome.can_retry = item.kind == ImportItem.Kind.URL or report.result == "unknown"
            return outcome
        outcome.kept = originals.write(owner_id=self.owner_id, data=taken.data, name=item.label)
        outcome.picture = _picture(report, taken, errand)
        if outcome.picture:
            outcome.picture_digest = hashlib.sha256(outcome.picture).hexdigest()
        return outcome

    def _checked(self, taken: Taken, errand: Errand, now: datetime) -> Report:
        return core.verify(taken.data, fetch=errand, now=now, addresses=self.addresses)


def _picture(report: Report, taken: Taken, fetch: Fetch) -> bytes:
    found = images.source_of(report=report, data=taken.data, fetch=fetch)
    if found is None and taken.image:
        found = images.fetched(taken.image, fetch)
    return found or b""


def take(item: ImportItem, *, fetch: Fetch, last: bool) -> Taken:
    """Get hold of an item's bytes: those that came, those at its address, or what a platform
    states in place of them. Raises `OpenBadgesError` when there is nothing to be had."""
    image = item.answers.get("image", "")
    if item.original is not None:
        return Taken(originals.read(item.original), item.url, image)
    if item.reader and item.kind == ImportItem.Kind.URL:
        # A pasted page of a platform that we know is read by way of that platform.
        return _by_reader(item.reader, item.answers, fetch=fetch, last=last)
    found = Found(
        key="",
        label=item.label,
        url=item.url,
        elsewhere=item.elsewhere,
        statement=statements.of_json(item.statement) if item.statement else None,
        image=image,
    )
    return _of(found, reader=item.reader, fetch=fetch, last=last)


def _of(found: Found, *, reader: str, fetch: Fetch, last: bool, deep: bool = False) -> Taken:
    said = found.statement
    try:
        if found.data:
            return Taken(found.data, found.url, found.image)
        if found.url:
            answer = links.read(found.url, fetch=fetch)
            return Taken(_itself(answer), answer.final_url, found.image)
        if found.elsewhere and not deep:
            return _elsewhere(found.elsewhere, fetch=fetch, last=last)
    except Unreachable:
        # Better a badge tomorrow than its platform's word today, as long as there is a tomorrow.
        if said is None or not last:
            raise
    except links.Withdrawn:
        raise  # its platform may go on showing it, its issuer has the last word
    except OpenBadgesError:
        if said is None:
            raise
    if said is None:
        raise Nothing(_("There is nothing at this address that could be brought over."))
    return _stated(said, reader)


def _elsewhere(url: str, *, fetch: Fetch, last: bool) -> Taken:
    """One badge behind a page of a platform that we know."""
    seen = sources.recognise_link(url)
    if seen is None or seen.lasting:
        raise Nothing(_("This link leads to a page that we cannot read a badge from."))
    return _by_reader(seen.reader, seen.answers, fetch=fetch, last=last)


def _by_reader(name: str, answers: Mapping[str, str], *, fetch: Fetch, last: bool) -> Taken:
    reader = sources.readers()[name]
    first = next(iter(reader.find(answers, fetch=fetch)), None)
    if first is None:
        raise Nothing(_("%(site)s shows no badge there.") % {"site": reader.title})
    if first.reason:
        raise Nothing(first.reason)
    return _of(first, reader=name, fetch=fetch, last=last, deep=True)


def _itself(answer: Fetched) -> bytes:
    """What a link leads to, or its address where the badge is only what stands there: the
    earliest badges do not say where they live, and by their bytes alone nobody could be asked."""
    try:
        document = parse.read(answer.body)
    except OpenBadgesError:
        return answer.body
    own = v2.own_id(document.payload) if document.version.is_assertion else "https:"
    homeless = document.jws is None and document.hosted_url is None and ":" not in own
    return answer.url.encode() if homeless else answer.body


def _stated(said: Statement, reader: str) -> Taken:
    return Taken(statements.document(said, reader=reader), said.url, said.image, said)
