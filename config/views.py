"""For whatever watches the site: is it alive, can it work, and what is its mark?"""

import logging
import os
from typing import Any

from django.conf import settings
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.templatetags.static import static
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from kombu import Connection

logger = logging.getLogger("laurel.health")


@never_cache
@require_safe
def alive(request: HttpRequest) -> HttpResponse:
    """This process answers. Says nothing of what stands behind it."""
    return HttpResponse("ok", content_type="text/plain")


@require_safe
def favicon(request: HttpRequest) -> HttpResponse:
    return redirect(static("img/favicon-32.png"), permanent=True)


@never_cache
@require_safe
def ready(request: HttpRequest) -> JsonResponse:
    """503 without the database. Without the broker the site works on, only later: degraded."""
    if not _database_answers():
        return JsonResponse({"status": "down", "database": "down"}, status=503)
    broker = _broker_answers()
    return JsonResponse(
        {
            "status": "ready" if broker else "degraded",
            "database": "ok",
            "broker": "ok" if broker else "down",
        }
    )


def _database_answers() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
            return bool(cursor.fetchone() == (1,))
    except DatabaseError as error:
        logger.error("The database does not answer: %s", type(error).__name__)
        return False


def _broker_answers() -> bool:
    options: dict[str, Any] = settings.CELERY_BROKER_TRANSPORT_OPTIONS
    if folder := options.get("data_folder_out"):
        return os.access(folder, os.W_OK | os.X_OK)
    try:
        with Connection(settings.CELERY_BROKER_URL, connect_timeout=1) as broker:
            broker.ensure_connection(max_retries=1, interval_start=0, timeout=1)
    except Exception as error:  # each transport has its own ways to fail
        logger.warning("The broker does not answer: %s", type(error).__name__)
        return False
    return True
