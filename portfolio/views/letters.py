"""What people have written to a learner through the directory: read, answer, block, report."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.http import SignedInRequest
from accounts.services import limits
from portfolio.forms import AnswerForm
from portfolio.models import Conversation
from portfolio.services import relay

PER_PAGE = 30


@never_cache
@login_required
@require_safe
def index(request: SignedInRequest) -> HttpResponse:
    """Everybody who wrote, the newest first."""
    rows = Conversation.objects.owned_by(request.user)
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "portfolio/messages.html", {"page": page})


def _own(request: SignedInRequest, pk: UUID) -> Conversation:
    mine = Conversation.objects.owned_by(request.user).select_related("owner", "sender")
    conversation: Conversation = get_object_or_404(mine, pk=pk)
    return conversation


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def detail(request: SignedInRequest, pk: UUID) -> HttpResponse:
    """One conversation, and the answer to it."""
    conversation, now = _own(request, pk), timezone.now()
    form = AnswerForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            relay.answer(
                conversation=conversation,
                text=form.cleaned_data["text"],
                reveal=form.cleaned_data["reply"] == "own",
                now=now,
            )
        except limits.TooOften:
            form.add_error(None, _("These are many answers for one day. Go on tomorrow."))
        except (relay.Ended, relay.NotReached):
            form.add_error(None, _("This conversation has ended: nothing can be sent in it."))
        else:
            messages.success(request, _("Your answer is on its way."))
            return redirect("portfolio:message-detail", pk)
    relay.seen(conversation=conversation, now=now)
    context = {
        "conversation": conversation,
        "messages_so_far": list(conversation.messages.all()),
        "form": form,
        "ended": conversation.blocked_at or conversation.sender.closed_at,
    }
    status = 422 if form.errors else 200
    return render(request, "portfolio/message_detail.html", context, status=status)


@login_required
@require_POST
def block(request: SignedInRequest, pk: UUID) -> HttpResponse:
    relay.block(conversation=_own(request, pk), now=timezone.now())
    messages.success(request, _("Blocked. Nothing more from this address reaches you."))
    return redirect("portfolio:message-detail", pk)


@login_required
@require_POST
def report(request: SignedInRequest, pk: UUID) -> HttpResponse:
    relay.report(conversation=_own(request, pk), now=timezone.now())
    messages.success(
        request, _("Thank you. We will read this conversation, and you are not written to again.")
    )
    return redirect("portfolio:message-detail", pk)


@login_required
@require_POST
def delete(request: SignedInRequest, pk: UUID) -> HttpResponse:
    relay.delete(conversation=_own(request, pk), now=timezone.now())
    messages.success(request, _("The conversation has been deleted."))
    return redirect("portfolio:messages")
