"""Pages and share links over the API: the same services as behind the editor."""

from typing import Any
from uuid import UUID

from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_field
from rest_framework import serializers, status
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.rest import Listing, ListQuery, Problem, Strict, given, listed, person
from badges.models import Badge
from portfolio.models import Entry, Page, ShareLink
from portfolio.services import pages, sharing

ERRORS = {400: Problem, 401: Problem, 403: Problem, 404: Problem}


# --- Shapes ----------------------------------------------------------------------------------


class PageIn(Strict):
    """A page's words."""

    title = serializers.CharField(max_length=160)
    line = serializers.CharField(
        max_length=300,
        required=False,
        allow_blank=True,
        help_text=gettext_lazy("What its readers should take away, in one sentence"),
    )
    intro = serializers.CharField(max_length=5000, required=False, allow_blank=True)
    hide_expired = serializers.BooleanField(
        required=False, help_text=gettext_lazy("Leave expired badges out")
    )


class PageOut(serializers.Serializer[Page]):
    """A page in a list."""

    id = serializers.UUIDField()
    title = serializers.CharField()
    line = serializers.CharField()
    hide_expired = serializers.BooleanField()
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()


class EntryOut(serializers.Serializer[Any]):
    """One badge on a page, in its place."""

    badge = serializers.UUIDField(source="badge_id")
    name = serializers.CharField(source="badge.name")
    note = serializers.CharField(help_text=gettext_lazy("What its owner says of it here"))


class PageDetailOut(PageOut):
    """A page with its badges in order."""

    intro = serializers.CharField()
    entries = serializers.SerializerMethodField()

    @extend_schema_field(EntryOut(many=True))
    def get_entries(self, page: Page) -> Any:
        entries = page.entries.select_related("badge").only(
            "page", "badge", "position", "note", "badge__name"
        )
        return EntryOut(entries, many=True).data


class PageList(Listing):
    """A part of the pages, the last changed first."""

    results = PageOut(many=True)


class BadgesIn(Strict):
    """Badges of one's own, by their ids."""

    badges = serializers.ListField(
        child=serializers.UUIDField(), allow_empty=False, max_length=pages.MAX_BADGES
    )


class NoteIn(Strict):
    """What the owner says of a badge on this page."""

    note = serializers.CharField(max_length=500, allow_blank=True)


class LinkTerms(Strict):
    """On which terms a page is shared."""

    label = serializers.CharField(  # type: ignore[assignment]  # the metaclass takes it away
        max_length=120, help_text=gettext_lazy("For you alone: who is it for?")
    )
    visibility = serializers.ChoiceField(choices=ShareLink.Visibility.choices, required=False)
    name_shown = serializers.CharField(max_length=200, required=False, allow_blank=True)
    password = serializers.CharField(
        min_length=6,
        max_length=128,
        required=False,
        allow_null=True,
        trim_whitespace=False,
        help_text=gettext_lazy("Readers must know it. Null takes it away."),
    )
    ends_at = serializers.DateTimeField(required=False, allow_null=True)
    pdf_allowed = serializers.BooleanField(required=False)
    originals_allowed = serializers.BooleanField(
        required=False,
        help_text=gettext_lazy("Readers may take the original badges, which may name you"),
    )
    badges = serializers.ListField(
        child=serializers.UUIDField(),
        required=False,
        allow_null=True,
        max_length=pages.MAX_BADGES,
        help_text=gettext_lazy("What it shows of the page, in this order. Null shows all of it."),
    )

    def validate_ends_at(self, value: Any) -> Any:
        if value is not None and value <= timezone.now():
            raise ValidationError(_("This time has passed. Choose a later one, or none."))
        return value

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        link: ShareLink | None = self.context.get("link")
        visibility = attrs.get("visibility", link.visibility if link else "")
        locked = attrs.get("password", link.password if link else "")
        if visibility == ShareLink.Visibility.PUBLIC and locked:
            raise ValidationError(
                {"password": [_("A public page cannot have a password. Choose one of the two.")]}
            )
        return attrs


class LinkIn(LinkTerms):
    """A new link to one page."""

    page = serializers.UUIDField()


class LinkOut(serializers.Serializer[ShareLink]):
    """A share link. Its address is given once, when it is made, and in the profile."""

    id = serializers.UUIDField()
    page = serializers.UUIDField(source="page_id")
    label = serializers.CharField()  # type: ignore[assignment]  # the metaclass takes it away
    visibility = serializers.ChoiceField(choices=ShareLink.Visibility.choices)
    name_shown = serializers.CharField()
    locked = serializers.BooleanField(source="is_locked", help_text=gettext_lazy("Has a password"))
    pdf_allowed = serializers.BooleanField()
    originals_allowed = serializers.BooleanField()
    own_choice = serializers.BooleanField(
        help_text=gettext_lazy("Shows a choice of the page’s badges")
    )
    opened = serializers.SerializerMethodField(help_text=gettext_lazy("How often, so far"))
    ends_at = serializers.DateTimeField(allow_null=True)
    created_at = serializers.DateTimeField()
    withdrawn_at = serializers.DateTimeField(allow_null=True)
    live = serializers.SerializerMethodField(help_text=gettext_lazy("Opens the page today"))

    def get_live(self, link: ShareLink) -> bool:
        return link.is_live(self.context["now"])

    def get_opened(self, link: ShareLink) -> int:
        return getattr(link, "opened", None) or 0


class LinkMadeOut(LinkOut):
    """A new link, with its address and its token: shown in this answer only."""

    url = serializers.URLField()
    token = serializers.CharField()


class LinkList(Listing):
    """A part of the links, the newest first."""

    results = LinkOut(many=True)


class LinkQuery(ListQuery):
    """Which links."""

    page = serializers.UUIDField(required=False, help_text=gettext_lazy("Links to this page only"))


# --- Examples --------------------------------------------------------------------------------

AN_ENTRY = {
    "badge": "0f0c1d1e-5a0f-4c6e-8d7b-4b5a3b6f2a01",
    "name": "Data analysis, foundations",
    "note": "The project is now used by our whole team.",
}
A_PAGE = {
    "id": "b6a4b1de-6f0b-4f5b-8c5b-1f0d5f3f9a77",
    "title": "Data analyst",
    "line": "Five years of turning tables into decisions.",
    "hide_expired": False,
    "created_at": "2026-10-01T09:00:00Z",
    "updated_at": "2026-11-20T08:20:00Z",
    "intro": "",
    "entries": [AN_ENTRY],
}
A_LINK = {
    "id": "d2b1a0f4-90a1-4e2f-9c0f-8f7d4a1be0c5",
    "page": A_PAGE["id"],
    "label": "Acme, data analyst",
    "visibility": "unlisted",
    "name_shown": "",
    "locked": False,
    "pdf_allowed": True,
    "originals_allowed": False,
    "own_choice": False,
    "opened": 3,
    "ends_at": "2027-01-31T23:59:59Z",
    "created_at": "2026-11-20T08:25:00Z",
    "withdrawn_at": None,
    "live": True,
}


def _example(name: str, value: Any, code: int = 200) -> list[OpenApiExample]:
    return [OpenApiExample(name, response_only=True, status_codes=[str(code)], value=value)]


def _asked(name: str, value: Any) -> OpenApiExample:
    return OpenApiExample(name, request_only=True, value=value)


def _part(*results: dict[str, Any]) -> dict[str, Any]:
    return {"count": len(results), "next": None, "previous": None, "results": list(results)}


# --- Pages -----------------------------------------------------------------------------------


def _page(request: Request, pk: UUID) -> Page:
    return get_object_or_404(Page.objects.owned_by(person(request)), pk=pk)


def _shown(page: Page, code: int = 200) -> Response:
    return Response(PageDetailOut(page).data, status=code)


class Pages(APIView):
    """The pages of whoever asks."""

    scope = "pages"

    @extend_schema(
        operation_id="pages_list",
        summary=gettext_lazy("List pages"),
        description=gettext_lazy("Your pages, the last changed first."),
        tags=["pages"],
        parameters=[ListQuery],
        responses={200: PageList, 400: Problem, 401: Problem},
        examples=_example(
            "One page",
            _part({k: v for k, v in A_PAGE.items() if k not in {"intro", "entries"}}),
        ),
    )
    def get(self, request: Request) -> Response:
        query = given(ListQuery, request.query_params)
        rows = Page.objects.owned_by(person(request))
        return listed(request, rows=rows, query=query, serializer=PageOut)

    @extend_schema(
        operation_id="pages_create",
        summary=gettext_lazy("Make a page"),
        description=gettext_lazy("An empty page with a title. Put badges on it afterwards."),
        tags=["pages"],
        request=PageIn,
        responses={201: PageDetailOut, 400: Problem, 401: Problem, 403: Problem},
        examples=[
            _asked("A title is enough", {"title": "Data analyst"}),
            *_example("Made", {**A_PAGE, "entries": []}, 201),
        ],
    )
    def post(self, request: Request) -> Response:
        asked = given(PageIn, request.data)
        try:
            page = pages.create(owner=person(request), now=timezone.now(), **asked)
        except pages.TooManyPages:
            raise ValidationError(
                _("You have %(count)s pages, the most one person may have. Delete one first.")
                % {"count": pages.MAX_PAGES}
            ) from None
        return _shown(page, 201)


class PageDetail(APIView):
    """One page."""

    scope = "pages"

    @extend_schema(
        operation_id="pages_read",
        summary=gettext_lazy("Read a page"),
        description=gettext_lazy("Its words, and its badges in their order."),
        tags=["pages"],
        responses={200: PageDetailOut, 401: Problem, 404: Problem},
        examples=_example("A page", A_PAGE),
    )
    def get(self, request: Request, pk: UUID) -> Response:
        return _shown(_page(request, pk))

    @extend_schema(
        operation_id="pages_change",
        summary=gettext_lazy("Change a page"),
        description=gettext_lazy("Send what is to change; the rest stays."),
        tags=["pages"],
        request=PageIn,
        responses={200: PageDetailOut, **ERRORS},
        examples=[
            _asked("A new title", {"title": "Senior data analyst"}),
            *_example("Now", A_PAGE),
        ],
    )
    def patch(self, request: Request, pk: UUID) -> Response:
        page = _page(request, pk)
        asked = given(PageIn, request.data, partial=True)
        words = {name: getattr(page, name) for name in ("title", "line", "intro", "hide_expired")}
        return _shown(pages.edit(page=page, now=timezone.now(), **{**words, **asked}))

    @extend_schema(
        operation_id="pages_delete",
        summary=gettext_lazy("Delete a page"),
        description=gettext_lazy("Its share links stop opening at once, its documents go with it."),
        tags=["pages"],
        responses={204: None, 401: Problem, 403: Problem, 404: Problem},
    )
    def delete(self, request: Request, pk: UUID) -> Response:
        pages.delete(page=_page(request, pk), actor=person(request))
        return Response(status=status.HTTP_204_NO_CONTENT)


class Entries(APIView):
    """The badges on one page."""

    scope = "pages"

    @extend_schema(
        operation_id="pages_add",
        summary=gettext_lazy("Put badges on a page"),
        description=gettext_lazy("At its end, in this order. Those already on it stay in place."),
        tags=["pages"],
        request=BadgesIn,
        responses={200: PageDetailOut, **ERRORS},
        examples=[
            _asked("One badge", {"badges": [AN_ENTRY["badge"]]}),
            *_example("The page", A_PAGE),
        ],
    )
    def post(self, request: Request, pk: UUID) -> Response:
        page = _page(request, pk)
        wanted = given(BadgesIn, request.data)["badges"]
        mine = Badge.objects.owned_by(person(request)).filter(pk__in=wanted)
        if mine.count() != len(set(wanted)):
            raise ValidationError({"badges": [_("One of these badges is not in your backpack.")]})
        try:
            pages.add(page=page, badges=wanted, now=timezone.now())
        except pages.TooManyBadges:
            raise ValidationError(
                _("A page holds at most %(count)s badges.") % {"count": pages.MAX_BADGES}
            ) from None
        page.refresh_from_db()
        return _shown(page)

    @extend_schema(
        operation_id="pages_order",
        summary=gettext_lazy("Put badges in order"),
        description=gettext_lazy("These first, in this order; what is not named follows behind."),
        tags=["pages"],
        request=BadgesIn,
        responses={200: PageDetailOut, **ERRORS},
        examples=[
            _asked("One badge first", {"badges": [AN_ENTRY["badge"]]}),
            *_example("The page", A_PAGE),
        ],
    )
    def put(self, request: Request, pk: UUID) -> Response:
        page = _page(request, pk)
        wanted = given(BadgesIn, request.data)["badges"]
        entries = dict(page.entries.values_list("badge_id", "pk"))
        if any(badge not in entries for badge in wanted):
            raise ValidationError({"badges": [_("One of these badges is not on this page.")]})
        order = [entries[badge] for badge in wanted]
        pages.order(page=page, entries=order, now=timezone.now())
        page.refresh_from_db()
        return _shown(page)


class EntryDetail(APIView):
    """One badge on one page."""

    scope = "pages"

    def _entry(self, request: Request, pk: UUID, badge: UUID) -> Entry:
        entries = Entry.objects.filter(page__owner=person(request)).select_related("page")
        return get_object_or_404(entries, page=pk, badge=badge)

    @extend_schema(
        operation_id="pages_note",
        summary=gettext_lazy("Write a note"),
        description=gettext_lazy("What you say of this badge to the readers of this page."),
        tags=["pages"],
        request=NoteIn,
        responses={200: PageDetailOut, **ERRORS},
        examples=[
            _asked("A note", {"note": AN_ENTRY["note"]}),
            *_example("The page", A_PAGE),
        ],
    )
    def patch(self, request: Request, pk: UUID, badge: UUID) -> Response:
        entry = self._entry(request, pk, badge)
        text = given(NoteIn, request.data)["note"]
        pages.note(entry=entry, text=text, now=timezone.now())
        return _shown(_page(request, pk))

    @extend_schema(
        operation_id="pages_take_off",
        summary=gettext_lazy("Take a badge off a page"),
        description=gettext_lazy("It stays in your backpack and on your other pages."),
        tags=["pages"],
        responses={204: None, 401: Problem, 403: Problem, 404: Problem},
    )
    def delete(self, request: Request, pk: UUID, badge: UUID) -> Response:
        pages.remove(entry=self._entry(request, pk, badge), now=timezone.now())
        return Response(status=status.HTTP_204_NO_CONTENT)


# --- Links -----------------------------------------------------------------------------------


def _link(request: Request, pk: UUID) -> ShareLink:
    links = ShareLink.objects.owned_by(person(request)).select_related("page__owner").counted()
    return get_object_or_404(links, pk=pk)


def _link_shown(link: ShareLink) -> Response:
    return Response(LinkOut(link, context={"now": timezone.now()}).data)


class Links(APIView):
    """The share links of whoever asks."""

    scope = "pages"

    @extend_schema(
        operation_id="links_list",
        summary=gettext_lazy("List share links"),
        description=gettext_lazy("Your share links, live and dead, the newest first."),
        tags=["links"],
        parameters=[LinkQuery],
        responses={200: LinkList, 400: Problem, 401: Problem},
        examples=_example("One link", _part(A_LINK)),
    )
    def get(self, request: Request) -> Response:
        query = given(LinkQuery, request.query_params)
        links = ShareLink.objects.owned_by(person(request)).counted()
        if "page" in query:
            links = links.filter(page=query["page"])
        return listed(request, rows=links, query=query, serializer=LinkOut, now=timezone.now())

    @extend_schema(
        operation_id="links_create",
        summary=gettext_lazy("Share a page"),
        description=gettext_lazy(
            "A link that opens one page to whoever has it. Its address is in this answer only."
        ),
        tags=["links"],
        request=LinkIn,
        responses={201: LinkMadeOut, **ERRORS},
        examples=[
            _asked(
                "Until the end of January",
                {
                    "page": A_PAGE["id"],
                    "label": "Acme, data analyst",
                    "ends_at": "2027-01-31T23:59:59Z",
                },
            ),
            *_example(
                "Made",
                {
                    **A_LINK,
                    "url": "https://laurel.example/s/nT1…/",
                    "token": "nT1…",
                },
                201,
            ),
        ],
    )
    def post(self, request: Request) -> Response:
        asked = given(LinkIn, request.data)
        page = Page.objects.owned_by(person(request)).filter(pk=asked.pop("page")).first()
        if page is None:
            raise Http404
        asked["password"] = asked.get("password") or ""
        now = timezone.now()
        try:
            link = sharing.create(page=page, now=now, **asked)
        except sharing.TooManyLinks:
            raise ValidationError(
                _("You have %(count)s links, the most one person may have.")
                % {"count": sharing.MAX_LINKS}
            ) from None
        token = sharing.token_of(link) or ""
        made = {**LinkOut(link, context={"now": now}).data, "token": token}
        return Response({**made, "url": sharing.url(token)}, status=201)


class LinkDetail(APIView):
    """One share link."""

    scope = "pages"

    @extend_schema(
        operation_id="links_read",
        summary=gettext_lazy("Read a share link"),
        description=gettext_lazy("Its terms, and whether it opens today."),
        tags=["links"],
        responses={200: LinkOut, 401: Problem, 404: Problem},
        examples=_example("A link", A_LINK),
    )
    def get(self, request: Request, pk: UUID) -> Response:
        return _link_shown(_link(request, pk))

    @extend_schema(
        operation_id="links_change",
        summary=gettext_lazy("Change a share link"),
        description=gettext_lazy(
            "Send what is to change; the rest stays. A withdrawn link stays withdrawn."
        ),
        tags=["links"],
        request=LinkTerms,
        responses={200: LinkOut, **ERRORS},
        examples=[_asked("No end", {"ends_at": None}), *_example("Now", A_LINK)],
    )
    def patch(self, request: Request, pk: UUID) -> Response:
        link = _link(request, pk)
        asked = given(LinkTerms, request.data, partial=True, context={"link": link})
        if "password" in asked:
            asked["password"] = asked["password"] or ""
        now = timezone.now()
        if "badges" in asked:
            sharing.choose(link=link, badges=asked.pop("badges"), now=now)
        terms = {name: getattr(link, name) for name in sharing.TERMS}
        return _link_shown(sharing.edit(link=link, now=now, **{**terms, **asked}))


class LinkWithdraw(APIView):
    """Closing one share link."""

    scope = "pages"

    @extend_schema(
        operation_id="links_withdraw",
        summary=gettext_lazy("Withdraw a share link"),
        description=gettext_lazy("For good: from now on it looks like a link that never was."),
        tags=["links"],
        request=None,
        responses={200: LinkOut, 401: Problem, 403: Problem, 404: Problem},
        examples=_example("Closed", {**A_LINK, "live": False}),
    )
    def post(self, request: Request, pk: UUID) -> Response:
        link = _link(request, pk)
        sharing.withdraw(link=link, actor=person(request), now=timezone.now())
        link.refresh_from_db()
        return _link_shown(link)
