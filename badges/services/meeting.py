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
    ASK = "ask"  # bad news that a check of the badge itself has to confirm


@dataclass(frozen=True, slots=True)
class Verdict:
    """`changes` are told to the owner; `reason` says why a copy that differs is not taken."""

    kinship: Kinship
    changes: list[dict[str, Any]] = field(default_factory=list)
    reason: str = ""


def compare(*, here: Badge, report: Report, stated: bool) -> Verdict:
    """What `report` is to a badge in the backpack. `stated` says that a platform itself states
    it again, which counts as news of its own statements."""
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
    news = report.trust in PROVEN or (stated and here.basis not in {Basis.DOCUMENT, Basis.LEARNER})
    if not changes:
        return Verdict(Kinship.SAME)
    if not news:
        reason = _("A copy that differs, and nothing proves it. The one that is here stays.")
        return Verdict(Kinship.SAME, reason=reason)
    if not stated and _is_older(report.credential, here):
        return Verdict(Kinship.SAME, reason=_("An older version of the one that is here."))
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
    return credential.issued_at < here.issued_at
