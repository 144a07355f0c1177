"""Where allauth asks us: who may join, which addresses we accept, what is put on record."""

import logging
from dataclasses import dataclass
from smtplib import SMTPException
from typing import Any
from urllib.parse import urlsplit

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from accounts.http import AFTER_CONFIRMING
from accounts.models import User
from accounts.services import addresses, audit, languages, people, tokens

logger = logging.getLogger("laurel.accounts")

# What allauth mails about, by its template: what the audit trail calls it, and what its owner
# reads at the top of their next page.
CHANGES: dict[str, tuple[str, Any]] = {
    "account/email/password_changed": (
        "user.password_changed",
        gettext_lazy("Your password was changed. Other sessions and all API tokens have ended."),
    ),
    "account/email/password_set": (
        "user.password_set",
        gettext_lazy("A password was set for your account."),
    ),
    "account/email/password_reset": (
        "user.password_reset",
        gettext_lazy("Your password was reset by mail. All sessions and API tokens have ended."),
    ),
    "account/email/email_changed": (
        "user.primary_address_changed",
        gettext_lazy("Your main e-mail address was changed."),
    ),
    "mfa/email/totp_activated": (
        "mfa.app_added",
        gettext_lazy("An authenticator app now protects your account."),
    ),
    "mfa/email/totp_deactivated": (
        "mfa.app_removed",
        gettext_lazy("The authenticator app was removed from your account."),
    ),
    "mfa/email/webauthn_added": (
        "mfa.passkey_added",
        gettext_lazy("A passkey or security key was added to your account."),
    ),
    "mfa/email/webauthn_removed": (
        "mfa.passkey_removed",
        gettext_lazy("A passkey or security key was removed from your account."),
    ),
    "mfa/email/recovery_codes_generated": (
        "mfa.recovery_codes_made",
        gettext_lazy("New recovery codes were made. Earlier ones no longer work."),
    ),
}


@dataclass(frozen=True, slots=True)
class Here:
    """This site as its mails name it, whatever the Host header said."""

    name: str = "Laurel"
    domain: str = urlsplit(settings.SITE_URL).netloc


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth has no types
    """Addresses of one spelling, mails that never trust the Host header, and a record."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return bool(settings.SIGNUP_OPEN)

    def clean_email(self, email: str) -> str:
        return addresses.spelt(super().clean_email(email))

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        logger.warning("A sign-in failed, from %s", self.get_client_ip(request))

    def post_login(self, request: HttpRequest, user: User, **kwargs: Any) -> HttpResponse:
        audit.record(actor=user, action="user.signed_in", target=user)
        response: HttpResponse = super().post_login(request, user, **kwargs)
        if language := languages.known(user.language):
            languages.remember(response, language)
        return response

    def save_user(self, request: HttpRequest, user: User, form: Any, commit: bool = True) -> User:
        """Whoever joins is written to in the language in which they joined."""
        user.language = languages.known(get_language())
        saved: User = super().save_user(request, user, form, commit)
        return saved

    def confirm_email(self, request: HttpRequest, email_address: EmailAddress) -> bool:
        confirmed = bool(super().confirm_email(request, email_address))
        if confirmed:
            people.addresses_changed(
                user=email_address.user, action="address.confirmed", now=timezone.now()
            )
        return confirmed

    def get_email_verification_redirect_url(self, email_address: EmailAddress) -> str:
        """Back to where somebody was asked for the address, if it was in this browser."""
        asked: str = self.request.session.pop(AFTER_CONFIRMING, "")
        return asked or str(super().get_email_verification_redirect_url(email_address))

    def set_password(self, user: User, password: str) -> None:
        """A new password answers a doubt: whoever knew the old one may hold a token as well.

        Django ends the other sessions: each knows the password that it began with.
        """
        super().set_password(user, password)
        tokens.revoke_all(user=user, actor=user, now=timezone.now())

    def send_notification_mail(
        self,
        template_prefix: str,
        user: User,
        context: dict[str, Any] | None = None,
        email: str | None = None,
    ) -> None:
        """Put on record what allauth tells a person, then let it tell them."""
        if template_prefix == "account/email/email_deleted":
            people.addresses_changed(user=user, action="address.removed", now=timezone.now())
        elif template_prefix in CHANGES:
            action, text = CHANGES[template_prefix]
            people.locks_changed(
                user=user, action=action, text=str(text), url=reverse("accounts:profile")
            )
        super().send_notification_mail(template_prefix, user, context, email)

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Every link of every mail starts at SITE_URL: allauth takes it from the request."""
        ours = {
            key: _at_home(value) if key.endswith("_url") and isinstance(value, str) else value
            for key, value in context.items()
        }
        try:
            super().send_mail(template_prefix, email, {**ours, "current_site": Here()})
        except (SMTPException, OSError) as error:
            # A mail server that is down must not cost the person what they have just typed.
            logger.error("The mail %s could not be sent: %s", template_prefix, type(error).__name__)
            if self.request is not None:
                messages.error(
                    self.request,
                    _("We could not send you a mail just now. Please try again in a few minutes."),
                )


def _at_home(url: str) -> str:
    parts = urlsplit(url)
    return f"{settings.SITE_URL}{parts.path}" + (f"?{parts.query}" if parts.query else "")
