"""Whose language is spoken: pages follow the browser, mails and notices the person they are for."""

from contextlib import AbstractContextManager

from django.conf import settings
from django.http import HttpResponse
from django.utils import translation

from accounts.models import User


def spoken_to(user: User) -> AbstractContextManager[None]:
    """Within it, words are put in this person's language: for whatever works in their absence."""
    return translation.override(known(user.language) or settings.LANGUAGE_CODE)


def known(code: str | None) -> str:
    """The code if the site speaks that language, else ""."""
    return code if code in dict(settings.LANGUAGES) else ""


def remember(response: HttpResponse, code: str) -> None:
    """Have this browser ask for its pages in that language: a choice of the visitor's own, and
    the only thing that is ever kept with one who has no account."""
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        code,
        max_age=365 * 24 * 3600,
        secure=bool(settings.LANGUAGE_COOKIE_SECURE),
        httponly=True,
        samesite="Lax",
    )
