"""The staff's desk: Django's admin behind allauth's door, with two steps before it."""

from typing import Any

from allauth.account.decorators import secure_admin_login
from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib import messages
from django.contrib.admin import AdminSite
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache

SECOND_STEPS = [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]


def takes_two_steps(request: HttpRequest) -> bool:
    """Whether this account is held by more than a password, where the site asks for that."""
    if not settings.REQUIRE_STAFF_MFA:
        return True
    return bool(get_adapter().is_mfa_enabled(request.user, types=SECOND_STEPS))


class Desk(AdminSite):
    """Nobody signs in here: whoever comes is sent to the site's own sign-in, with its limits."""

    site_header = "Laurel"
    site_title = "Laurel"
    index_title = gettext_lazy("Staff’s desk")
    site_url = "/"

    def has_permission(self, request: HttpRequest) -> bool:
        return super().has_permission(request) and takes_two_steps(request)

    @method_decorator(never_cache)
    def login(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Sign in on the site; staff without a second step are sent to set one up."""

        def let_in(request: HttpRequest) -> HttpResponse:
            if not takes_two_steps(request):
                messages.warning(
                    request,
                    _(
                        "The staff’s desk opens everybody’s data, so it asks for two steps at "
                        "sign-in. Add a passkey or an authenticator app here, then go to "
                        "%(address)s again."
                    )
                    % {"address": reverse("admin:index")},
                )
                return redirect("mfa_index")
            wanted = request.GET.get(REDIRECT_FIELD_NAME, "")
            safe = url_has_allowed_host_and_scheme(wanted, allowed_hosts=None)
            return redirect(wanted if safe else reverse("admin:index"))

        guarded: HttpResponse = secure_admin_login(let_in)(request)
        return guarded

    def password_change(  # type: ignore[override]  # a redirect is an answer too
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The site's own page: it ends tokens, tells the owner, and writes it down."""
        return redirect("account_change_password")
