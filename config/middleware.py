"""What belongs to every page: its headers, and a choice of language."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from accounts.services import languages

POLICY = "camera=(), geolocation=(), microphone=(), payment=(), usb=(), interest-cohort=()"


def permissions_policy(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Switch off the browser features that no page of ours uses."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        response.headers.setdefault("Permissions-Policy", POLICY)
        return response

    return middleware


def chosen_language(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """`?lang=de` at any page shows this browser its pages in German from now on.

    A plain link, since pages without cookies have no token for a form, and one that is the same
    at every address, so that a dead link's page tells nothing. At worst a stranger's link makes
    somebody read a page in Spanish.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        code = languages.known(request.GET.get("lang"))
        if not code or request.method != "GET":
            return get_response(request)
        rest = request.GET.copy()
        del rest["lang"]
        query = f"?{rest.urlencode()}" if rest else ""
        # One slash: two would lead to another site.
        response = HttpResponseRedirect("/" + request.path.lstrip("/") + query)
        languages.remember(response, code)
        return response

    return middleware
