"""The addresses that prove a badge is somebody's: allauth's verified ones and no others."""

import idna
from allauth.account.models import EmailAddress
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from accounts.models import User


def verified(user: User) -> list[str]:
    return list(
        EmailAddress.objects.filter(user=user, verified=True)
        .order_by("pk")
        .values_list("email", flat=True)
    )


def spelt(address: str) -> str:
    """The address in the one spelling that we keep. Raises ValidationError."""
    local, _at, domain = address.strip().rpartition("@")
    if not local.isascii():
        # Look-alike letters before the @ could impersonate somebody.
        raise ValidationError(_("The part before the @ may only hold plain letters."))
    if not domain.isascii():
        try:
            domain = idna.encode(domain, uts46=True).decode("ascii")
        except UnicodeError as error:
            raise ValidationError(_("The part after the @ is not a domain name.")) from error
    whole = f"{local}@{domain}".lower()
    if len(whole) > 254:
        raise ValidationError(_("This address is longer than mail allows."))
    return whole
