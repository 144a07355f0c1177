"""Where allauth asks us: who may join, and which addresses we accept."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth has no types
    """Addresses of our own kind, links that never trust the Host header."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return bool(settings.SIGNUP_OPEN)

    def clean_email(self, email: str) -> str:
        """Look-alike letters in the part before the @ could impersonate somebody: refuse them."""
        local, _at, domain = super().clean_email(email).rpartition("@")
        if not local.isascii():
            raise ValidationError(_("The part before the @ may only hold plain letters."))
        try:
            ascii_domain = domain.encode("idna").decode("ascii")
        except UnicodeError as error:
            raise ValidationError(_("The part after the @ is not a domain name.")) from error
        return f"{local}@{ascii_domain.lower()}".lower()

    def get_email_confirmation_url(self, request: HttpRequest, emailconfirmation: Any) -> str:
        path = reverse("account_confirm_email", args=[emailconfirmation.key])
        return f"{settings.SITE_URL}{path}"

    def get_reset_password_from_key_url(self, key: str) -> str:
        path = super().get_reset_password_from_key_url(key)
        return settings.SITE_URL + "/" + path.split("://", 1)[-1].split("/", 1)[-1]
