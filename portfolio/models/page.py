"""Pages: a choice of badges, in sections and in an order, with words for their readers."""

from __future__ import annotations

import uuid
from typing import Self

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from badges.models import Badge


class Accent(models.TextChoices):
    """The one colour of a page. Each is drawn twice, for light and for dark, and read at AA."""

    LAUREL = "laurel", _("Laurel")
    INK = "ink", _("Ink")
    PLUM = "plum", _("Plum")
    CLAY = "clay", _("Clay")
    TEAL = "teal", _("Teal")
    GRAPHITE = "graphite", _("Graphite")


class Layout(models.TextChoices):
    """How the parts of a page stand to each other."""

    CLASSIC = "classic", _("Classic")
    COLUMN = "column", _("Two columns")
    COVER = "cover", _("Cover")


class Typeface(models.TextChoices):
    """What a page is set in."""

    EDITORIAL = "editorial", _("Editorial")
    MODERN = "modern", _("Modern")
    BOOK = "book", _("Book")


class PageQuerySet(models.QuerySet["Page"]):
    """Whose pages."""

    def owned_by(self, user: User) -> Self:
        return self.filter(owner=user)


class Page(models.Model):
    """A choice of badges in an order, with a line for its readers, and how it looks."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="pages"
    )
    title = models.CharField(_("title"), max_length=160)
    line = models.CharField(
        _("a line for its readers"),
        max_length=300,
        blank=True,
        help_text=_("What you want them to take away, in one sentence."),
    )
    intro = models.TextField(_("introduction"), max_length=5000, blank=True)
    hide_expired = models.BooleanField(_("hide expired badges"), default=False)
    accent = models.CharField(
        _("colour"), max_length=10, choices=Accent.choices, default=Accent.LAUREL
    )
    layout = models.CharField(
        _("layout"), max_length=10, choices=Layout.choices, default=Layout.CLASSIC
    )
    typeface = models.CharField(
        _("type"), max_length=10, choices=Typeface.choices, default=Typeface.EDITORIAL
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(default=timezone.now)

    objects = PageQuerySet.as_manager()

    class Meta:
        ordering = ["-updated_at"]

    def __str__(self) -> str:
        return self.title


class Section(models.Model):
    """One part of a page. What it holds beside its words depends on its kind.

    `items` is a list of {"name", "url", "text", "when"}: evidence and contacts that its owner
    types, and steps of a timeline that no badge tells of.
    """

    class Kind(models.TextChoices):
        TEXT = "text", _("Text")
        BADGES = "badges", _("Badges")
        EVIDENCE = "evidence", _("Evidence")
        SKILLS = "skills", _("Skills")
        TIMELINE = "timeline", _("Timeline")
        CONTACT = "contact", _("Contact")

    class Arrangement(models.TextChoices):
        """How a section of badges shows them."""

        GRID = "grid", _("Grid")
        LIST = "list", _("List")
        FEATURE = "feature", _("Large, with your notes")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    page = models.ForeignKey(Page, on_delete=models.CASCADE, related_name="sections")
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)
    title = models.CharField(_("heading"), max_length=120, blank=True)
    text = models.TextField(_("text"), max_length=5000, blank=True)
    arrangement = models.CharField(
        _("arrangement"),
        max_length=10,
        choices=Arrangement.choices,
        default=Arrangement.GRID,
    )
    items = models.JSONField(_("lines"), default=list, blank=True)
    position = models.PositiveIntegerField()

    class Meta:
        ordering = ["position", "id"]

    def __str__(self) -> str:
        return self.title or str(self.get_kind_display())


class EntryManager(models.Manager["Entry"]):
    """Leaves out entries of badges that their owner has put aside: they are on no page while
    that can be taken back, and in their old place once it is."""

    def get_queryset(self) -> models.QuerySet[Entry]:
        return super().get_queryset().filter(badge__added_at__isnull=False)


class Entry(models.Model):
    """One badge on one page, in its place, with what its owner says of it.

    Without a section it stands in the first one that holds badges.
    """

    page = models.ForeignKey(Page, on_delete=models.CASCADE, related_name="entries")
    badge = models.ForeignKey(Badge, on_delete=models.CASCADE, related_name="entries")
    section = models.ForeignKey(
        Section, on_delete=models.CASCADE, null=True, blank=True, related_name="entries"
    )
    position = models.PositiveIntegerField()
    note = models.CharField(_("your note"), max_length=500, blank=True)

    objects = EntryManager()

    class Meta:
        ordering = ["position", "id"]
        verbose_name_plural = "entries"
        constraints = [
            models.UniqueConstraint(fields=["page", "badge"], name="entry_badge_once_per_page")
        ]

    def __str__(self) -> str:
        return f"{self.page} / {self.badge}"


class Step(models.Model):
    """One change of a page, with the page as it was before: what “undo” goes back to.

    `after` is written when the step is undone, so that it can be done again. `target` names what
    was changed: typing in one field for a while is one step, not fifty.
    """

    page = models.ForeignKey(Page, on_delete=models.CASCADE, related_name="steps")
    action = models.CharField(max_length=30)
    about = models.CharField(max_length=160, blank=True)
    target = models.CharField(max_length=60, blank=True)
    made_at = models.DateTimeField()
    undone_at = models.DateTimeField(null=True, blank=True)
    before = models.JSONField(default=dict)
    after = models.JSONField(default=dict, blank=True)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.page} / {self.action}"
