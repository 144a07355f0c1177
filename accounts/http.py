"""The request of somebody signed in, as views behind `login_required` may take it for granted."""

from django.http import HttpRequest
from django_htmx.middleware import HtmxDetails

from accounts.models import User


class SignedInRequest(HttpRequest):
    """Never made, only named: it tells the type checker what the decorator has made sure of."""

    user: User
    htmx: HtmxDetails


# The key of a session under which stands the page that waits for a confirmed address.
AFTER_CONFIRMING = "after_confirming"
