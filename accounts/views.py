"""A person's own pages: who they are here, what is new, and their tokens for the API."""

from uuid import UUID

from allauth.account.decorators import reauthentication_required
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone, translation
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.forms import ProfileForm, TokenForm
from accounts.http import SignedInRequest
from accounts.models import ApiToken, Notification
from accounts.services import languages, notifications, people, tokens


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def profile(request: SignedInRequest) -> HttpResponse:
    """Who somebody is here, what is new, and the ways to everything that is theirs."""
    user, now = request.user, timezone.now()
    kept = {"name": user.name, "language": user.language}
    form = ProfileForm(request.POST or None, initial=kept)
    if request.method == "POST" and form.is_valid():
        language = form.cleaned_data["language"]
        people.rename(user=user, name=form.cleaned_data["name"])
        people.speak(user=user, language=language)
        with translation.override(language or get_language()):
            messages.success(request, _("Saved."))
        response = redirect("accounts:profile")
        if language:
            languages.remember(response, language)
        elif "language" in form.changed_data:
            response.delete_cookie(settings.LANGUAGE_COOKIE_NAME)
        return response
    steps = set(Authenticator.objects.filter(user=user).values_list("type", flat=True))
    return render(
        request,
        "accounts/profile.html",
        {
            "form": form,
            "news": Notification.objects.filter(user=user, read_at=None)[:20],
            "addresses": EmailAddress.objects.filter(user=user).order_by("-primary", "email"),
            "two_steps": bool(steps - {Authenticator.Type.RECOVERY_CODES}),
            "session_count": UserSession.objects.filter(user=user).count(),
            "token_count": ApiToken.objects.owned_by(user).live(now).count(),
        },
        status=422 if form.errors else 200,
    )


@never_cache
@login_required
@require_POST
def notifications_read(request: SignedInRequest) -> HttpResponse:
    """Everything that was new has been seen."""
    notifications.mark_read(user=request.user, now=timezone.now())
    return redirect("accounts:profile")


@never_cache
@login_required
@require_safe
def token_list(request: SignedInRequest) -> HttpResponse:
    """The tokens that somebody made: what each may do, when it was last used, when it ends."""
    now = timezone.now()
    rows = ApiToken.objects.owned_by(request.user)
    live = rows.live(now).order_by("-created_at")
    ended = rows.exclude(pk__in=live.values("pk")).order_by("-created_at")
    return render(request, "accounts/tokens.html", {"live": live, "ended": ended[:20]})


@never_cache
@login_required
@reauthentication_required  # type: ignore[untyped-decorator]  # allauth has no types
@require_http_methods(["GET", "HEAD", "POST"])
def token_create(request: SignedInRequest) -> HttpResponse:
    """A new token. It is shown in the answer to this form and nowhere else, ever."""
    now = timezone.now()
    form = TokenForm(request.POST or None, today=now.date())
    if request.method == "POST" and form.is_valid():
        try:
            row, key = tokens.create(
                user=request.user,
                name=form.cleaned_data["name"],
                scopes=form.cleaned_data["scopes"],
                expires_at=form.expires_at(),
                now=now,
            )
        except tokens.TooMany:
            form.add_error(
                None,
                _("You have %(count)s tokens, the most one person may have. Withdraw one first.")
                % {"count": tokens.MAX_LIVE},
            )
        else:
            # Not redirected: the token would have to be stored somewhere readable in between.
            return render(request, "accounts/token_made.html", {"token": row, "key": key})
    return render(
        request, "accounts/token_create.html", {"form": form}, status=422 if form.errors else 200
    )


@never_cache
@login_required
@require_POST
def token_revoke(request: SignedInRequest, token_id: UUID) -> HttpResponse:
    """Withdraw a token: whatever uses it is refused from now on."""
    user = request.user
    token = get_object_or_404(ApiToken.objects.owned_by(user), pk=token_id)
    if tokens.revoke(token=token, actor=user, now=timezone.now()):
        messages.success(request, _("“%(name)s” no longer opens anything.") % {"name": token.name})
    return redirect("accounts:tokens")
