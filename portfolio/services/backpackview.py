"""The whole backpack as one page: what a transcript of all badges is made from."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.db.models.functions import Left
from django.utils.translation import gettext as _

from accounts.models import User
from badges.models import Badge
from badges.services import registry
from portfolio.services import pageview, words
from portfolio.services.pageview import NO_SKILLS, SHORT, PageView

NOWHERE = UUID(int=0)  # no page has this id


def build(*, owner: User, now: datetime) -> PageView:
    """All badges of somebody, newest first, as their readers would see them."""
    badges = list(_badges(owner))
    skills = pageview.skills_of(Q(badge__owner=owner))
    standings = registry.of_badges(badges, now=now)
    entries = tuple(
        pageview.entry_view(
            badge,
            now,
            note="",
            short=badge.criteria or badge.about,
            findings=badge.findings,
            skills=skills.get(badge.pk, NO_SKILLS),
            standing=standing,
        )
        for badge, standing in zip(badges, standings, strict=True)
    )
    days = [e.checked_at for e in entries if e.verified and e.checked_at is not None]
    oldest, newest = (words.day(min(days)), words.day(max(days))) if days else (None, None)
    return PageView(
        page_id=NOWHERE,
        who=owner.name or _("A learner"),
        title=_("All badges"),
        line="",
        intro=(),
        entries=entries,
        hidden=0,
        verified=sum(entry.verified for entry in entries),
        verified_on=oldest,
        same_day=oldest == newest,
        skills=pageview.count_skills(entries),
        made_at=now,
    )


def _badges(owner: User) -> Any:
    return (
        Badge.objects.owned_by(owner)
        .for_display()
        .annotate(
            findings=pageview.newest("pk", "findings"),
            criteria=Left("criteria_text", SHORT * 2),
            about=Left("description", SHORT * 2),
        )
        .order_by("-issued_at", "-added_at", "pk")
    )
