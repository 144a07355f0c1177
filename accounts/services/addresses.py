"""The addresses that prove a badge is somebody's: allauth's verified ones and no others."""

from allauth.account.models import EmailAddress

from accounts.models import User


def verified(user: User) -> list[str]:
    return list(
        EmailAddress.objects.filter(user=user, verified=True)
        .order_by("pk")
        .values_list("email", flat=True)
    )
