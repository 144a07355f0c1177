"""The least that Django needs for a page of fifty badges, beside which ours is measured.

Three tables, one query with its joins, one template with a card for each badge, and the middleware
that a new project has. No checks, no skills, no sections, no translations: what a first afternoon
would make of the task. `/p/` renders it each time, `/c/` keeps the finished page in the memory of
the process.
"""

import os
import sys
from typing import Any
from urllib.parse import urlsplit

import django
from django.conf import settings

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
CARD = """<li class="card"><img src="{{ b.image }}" alt="" width="96" height="96">
<h3>{{ b.name }}</h3><p>{{ b.issuer.name }}</p>
<p>Issued <time datetime="{{ b.issued_at|date:'c' }}">{{ b.issued_at|date:"j F Y" }}</time></p>
<p>{{ b.about|truncatewords:20 }}</p>
{% if b.verified %}<span class="chip">Verified</span>{% endif %}
</li>"""
PAGE = (
    "<!doctype html><html lang=en><title>{{ page.title }}</title><h1>{{ page.title }}</h1><ul>"
    "{% for b in badges %}" + CARD + "{% endfor %}</ul></html>"
)


def configure() -> None:
    where = urlsplit(os.environ["DATABASE_URL"])
    settings.configure(
        SECRET_KEY="only for measuring " * 4,
        ALLOWED_HOSTS=["*"],
        ROOT_URLCONF=__name__,
        MIDDLEWARE=MIDDLEWARE,
        USE_TZ=True,
        INSTALLED_APPS=[
            "django.contrib.contenttypes",
            "django.contrib.auth",
            "django.contrib.sessions",
            "django.contrib.messages",
        ],
        DATABASES={
            "default": {
                "ENGINE": "django.db.backends.postgresql",
                "NAME": where.path.lstrip("/"),
                "USER": where.username,
                "PASSWORD": where.password,
                "HOST": where.hostname,
                "PORT": where.port,
                "CONN_MAX_AGE": 600,
            }
        },
        TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates"}],
    )
    django.setup()


configure()

from django.core.wsgi import get_wsgi_application  # noqa: E402  the settings come first
from django.db import connection, models  # noqa: E402
from django.http import HttpRequest, HttpResponse  # noqa: E402
from django.template import engines  # noqa: E402
from django.urls import path  # noqa: E402
from django.utils import timezone  # noqa: E402
from django.views.decorators.cache import cache_page  # noqa: E402


class Issuer(models.Model):
    name = models.TextField()

    class Meta:
        app_label = "floor"

    def __str__(self) -> str:
        return self.name


class Page(models.Model):
    title = models.TextField()

    class Meta:
        app_label = "floor"

    def __str__(self) -> str:
        return self.title


class Badge(models.Model):
    page = models.ForeignKey(Page, on_delete=models.CASCADE)
    issuer = models.ForeignKey(Issuer, on_delete=models.CASCADE)
    name = models.TextField()
    about = models.TextField()
    image = models.TextField()
    issued_at = models.DateTimeField()
    verified = models.BooleanField(default=True)
    position = models.IntegerField()

    class Meta:
        app_label = "floor"

    def __str__(self) -> str:
        return self.name


template: Any = engines["django"].from_string(PAGE)


def page(request: HttpRequest) -> HttpResponse:
    found = Page._default_manager.get(pk=1)
    badges = Badge._default_manager.filter(page=found).select_related("issuer").order_by("position")
    return HttpResponse(template.render({"page": found, "badges": badges}, request))


urlpatterns = [path("p/", page), path("c/", cache_page(600)(page))]
application = get_wsgi_application()


def seed() -> None:
    with connection.schema_editor() as editor:
        for model in (Issuer, Page, Badge):
            editor.create_model(model)
    page = Page._default_manager.create(pk=1, title="My badges")
    issuers = [Issuer._default_manager.create(name=f"Issuer {number}") for number in range(5)]
    Badge._default_manager.bulk_create(
        Badge(
            page=page,
            issuer=issuers[number % 5],
            name=f"Badge number {number}",
            about="What was learned. " * 12,
            image=f"/pictures/{number % 12:064}/small/",
            issued_at=timezone.now(),
            position=number,
        )
        for number in range(50)
    )


if __name__ == "__main__":
    seed()
    sys.exit(0)
