"""Decides what a badge that comes in is to the one that is here: the same, newer, or a stranger.

Pure but for what it is given: no row is read or written here.
"""

from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from django.utils.translation import gettext as _

from badges.models import Badge, Basis, Issuer, Result, Trust
from badges.openbadges import report as core
from badges.openbadges.credential import Credential
from badges.openbadges.report import Report
from badges.openbadges.values import normal_id
from badges.services import history, verification

PROVEN = {core.Trust.SIGNED, core.Trust.HOSTED}


class Kinship(Enum):
    SAME = "same"
    NEWER = "newer"  # and proven: it may take the place of what is here
    EITHER = "either"  # both are proven and of one date: only the owner can say which one counts
    VOUCHED = "vouched"  # the same, and now its platform says so itself
    ASK = "ask"  # bad news that a check of the badge itself has to confirm


@dataclass(frozen=True, slots=True)
class Verdict:
    """`changes` are told to the owner; `reason` says why a copy that differs is not taken."""

    kinship: Kinship
    changes: list[dict[str, Any]] = field(default_factory=list)
    reason: str = ""


def compare(*, here: Badge, report: Report, stated: bool, vouched: bool = False) -> Verdict:
    """What `report` is to a badge in the backpack. `stated` says that it is a statement again,
    which counts as news of earlier ones; `vouched`, that this site heard it of the platform
    itself, which counts against a copy of that statement that somebody only brought along."""
    assert report.credential is not None
    changes = history.differences(
        history.portrait(here), history.portrait(_read(report.credential))
    )
    result = Result.of(report)
    if (why := _why_not(here, report)) is not None:
        return Verdict(Kinship.SAME, reason=why)
    if result == Result.VALID and here.result != Result.VALID:
        better = {"field": "result", "before": here.result, "after": result.value}
        return Verdict(Kinship.NEWER, [better, *changes])
    if result == Result.REVOKED and here.result != result:
        return Verdict(Kinship.ASK, reason=_("Its issuer seems to have taken it back."))
    if result == Result.SUSPENDED and here.result != result:
        return Verdict(Kinship.ASK, reason=_("Its issuer seems to have suspended it."))
    brought = here.basis == Basis.DOCUMENT and Trust(here.trust) == Trust.STATED
    own = here.basis not in {Basis.DOCUMENT, Basis.LEARNER}
    news = report.trust in PROVEN or (stated and own) or (vouched and brought)
    if not changes:
        if vouched and brought:
            return Verdict(Kinship.VOUCHED, reason=_("Now its platform says so itself."))
        return Verdict(Kinship.SAME)
    if not news:
        reason = _("A copy that differs, and nothing proves it. The one that is here stays.")
        return Verdict(Kinship.SAME, reason=reason)
    if not stated and _is_older(report.credential, here):
        return Verdict(Kinship.SAME, reason=_("An older version of the one that is here."))
    if _is_twin(report, here):
        reason = _("It has the same date as the one that is here. Take it only if you know why.")
        return Verdict(Kinship.EITHER, changes, reason)
    return Verdict(Kinship.NEWER, changes)


def _why_not(here: Badge, report: Report) -> str | None:
    """Why a copy does not even count beside a badge that is here and proven; None when it does.

    What was taken back, or is over, is not given back by a copy from before. A signature is good
    for ever, so only a newer one may stand against the issuer's last word; one under the same
    address by somebody else is no version of this badge at all. The badge's own bytes are asked
    about anew, and so is its host: their answer counts whatever it is.
    """
    document, said = report.document, report.credential
    if document is None or said is None or Trust(here.trust) not in {Trust.SIGNED, Trust.HOSTED}:
        return None
    if is_in_place(report) or document.text.encode() == bytes(here.document):
        return None
    known = here.issuer.identifier if here.issuer else ""
    if known and said.issuer.id and normal_id(known) != normal_id(said.issuer.id):
        return _("It names another issuer than the one that is here, which stays.")
    if Result(here.result) in {Result.REVOKED, Result.SUSPENDED}:
        is_newer = here.issued_at and said.issued_at and said.issued_at > here.issued_at
        return None if is_newer else _("A copy from before its issuer took it back.")
    if Result(here.result) != Result.VALID and _is_older(said, here):
        return _("An older version of the one that is here.")
    return None


def is_in_place(report: Report) -> bool:
    """Whether its host changed it where it stands: then what once came is still the original."""
    document = report.document
    return document is not None and document.version.is_assertion and document.jws is None


def _read(credential: Credential) -> Badge:
    badge = Badge(issuer=Issuer(name=credential.issuer.name[:1000]))
    verification.read_words(badge=badge, credential=credential)
    return badge


def _is_older(credential: Credential, here: Badge) -> bool:
    if credential.issued_at is None or here.issued_at is None:
        return False
    if credential.issued_at == here.issued_at and credential.expires_at and here.expires_at:
        return credential.expires_at < here.expires_at  # renewed under its old date
    return credential.issued_at < here.issued_at


def _is_twin(report: Report, here: Badge) -> bool:
    """Whether nothing tells which of two proven versions came later. What its host changed in
    place is the later one; of signed ones both are good for ever."""
    said = report.credential
    if said is None or is_in_place(report) or Trust(here.trust) not in {Trust.SIGNED, Trust.HOSTED}:
        return False
    renewed = said.expires_at and here.expires_at and said.expires_at != here.expires_at
    return said.issued_at == here.issued_at and not renewed
