"""Reads what a link leads to, and says in words why it is no badge."""

from django.utils.translation import gettext as _

from badges.openbadges.errors import OpenBadgesError, Unreachable
from badges.openbadges.fetching import Fetch, Fetched

MAX_BYTES = 5 * 1024 * 1024


class Withdrawn(OpenBadgesError):
    """The address says that there was a badge and is none any more (410)."""


def read(url: str, *, fetch: Fetch) -> Fetched:
    """The badge at this address. Raises `Unreachable` when asking again later may help, another
    `OpenBadgesError` when it will not."""
    answer = fetch(url, max_bytes=MAX_BYTES)
    if answer.status == 410:
        raise Withdrawn(_("The issuer says that this badge has been withdrawn (410)."))
    if answer.status == 404:
        raise OpenBadgesError(_("There is nothing at this address (404). Check the link."))
    if answer.status != 200:
        message = _("This address answered with an error (%(status)s). Try again later.")
        raise Unreachable(message % {"status": answer.status}, url)
    if "html" in answer.content_type and answer.body.lstrip()[:1] == b"<":
        raise OpenBadgesError(
            _(
                "This link opens a web page, not a badge. Look for “download” or for a link to the "
                "badge's JSON on that page, or upload the badge's image."
            )
        )
    return answer
