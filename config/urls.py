"""Every address of the site."""

from django.contrib import admin
from django.urls import include, path

from badges.urls import verify as verify_urls
from config import views

urlpatterns = [
    path("accounts/", include("allauth.urls")),
    path("me/", include("accounts.urls")),
    path("badges/", include("badges.urls")),
    path("verify/", include((verify_urls, "verify"))),
    path("", include("portfolio.urls")),
    path("api/", include("config.api")),
    path("admin/", admin.site.urls),
    # Asked for by every browser that shows a page without a mark of its own, such as the admin.
    path("favicon.ico", views.favicon, name="favicon"),
    path("healthz", views.alive, name="healthz"),
    path("readyz", views.ready, name="readyz"),
]

handler400 = "portfolio.views.errors.bad_request"
handler403 = "portfolio.views.errors.forbidden"
handler404 = "portfolio.views.errors.not_found"
handler500 = "portfolio.views.errors.server_error"
