"""The addresses of the REST API, gathered from the apps."""

from collections.abc import Callable
from typing import Any

from django.urls import URLPattern, path, re_path
from django.views.decorators.cache import never_cache

from accounts.api import Me
from badges.api import views as badges
from config import docs
from portfolio import api as portfolio


def at(route: str, view: Callable[..., Any], name: str) -> URLPattern:
    """One address of the API. Its answers are somebody's own and belong in no cache."""
    return path(f"v1/{route}", never_cache(view), name=f"api-{name}")


urlpatterns: list[URLPattern] = [
    at("me/", Me.as_view(), "me"),
    at("badges/", badges.Badges.as_view(), "badges"),
    at("badges/<uuid:pk>/", badges.BadgeDetail.as_view(), "badge"),
    at("badges/<uuid:pk>/check/", badges.BadgeCheck.as_view(), "badge-check"),
    at("badges/<uuid:pk>/original/", badges.BadgeOriginal.as_view(), "badge-original"),
    at("imports/", badges.Imports.as_view(), "imports"),
    at("imports/<uuid:pk>/", badges.ImportDetail.as_view(), "import"),
    at("imports/<uuid:pk>/retry/", badges.ImportRetry.as_view(), "import-retry"),
    at("pages/", portfolio.Pages.as_view(), "pages"),
    at("pages/<uuid:pk>/", portfolio.PageDetail.as_view(), "page"),
    at("pages/<uuid:pk>/entries/", portfolio.Entries.as_view(), "entries"),
    at("pages/<uuid:pk>/entries/<uuid:badge>/", portfolio.EntryDetail.as_view(), "entry"),
    at("links/", portfolio.Links.as_view(), "links"),
    at("links/<uuid:pk>/", portfolio.LinkDetail.as_view(), "link"),
    at("links/<uuid:pk>/withdraw/", portfolio.LinkWithdraw.as_view(), "link-withdraw"),
    path("schema/", docs.schema, name="api-schema"),
    path("docs/", docs.page, name="api-docs"),
    path("", docs.start, name="api"),
    re_path(r"^v1/.*$", docs.nothing_here, name="api-nothing"),
]
