"""What whatever watches the site is told."""

import pytest
from django.db import OperationalError, connection
from django.test import Client
from pytest_django import Settings


def test_a_process_that_lives_says_so_without_a_database() -> None:
    response = Client().get("/healthz")
    assert (response.status_code, response.content) == (200, b"ok")
    assert response["Content-Type"] == "text/plain"
    assert not response.cookies


@pytest.mark.django_db
def test_a_site_that_can_work_is_ready() -> None:
    response = Client().get("/readyz")
    assert response.status_code == 200
    assert response.json() == {"status": "ready", "database": "ok", "broker": "ok"}
    assert "no-store" in response["Cache-Control"]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("url", "options"),
    [
        ("redis://127.0.0.1:9/0", {}),  # nothing listens there
        ("filesystem://localhost", {"data_folder_out": "/nowhere/at/all"}),
    ],
)
def test_without_its_broker_it_is_degraded_and_still_up(
    url: str, options: dict[str, str], settings: Settings
) -> None:
    settings.CELERY_BROKER_URL, settings.CELERY_BROKER_TRANSPORT_OPTIONS = url, options
    response = Client().get("/readyz")
    assert response.status_code == 200
    assert response.json() == {"status": "degraded", "database": "ok", "broker": "down"}


@pytest.mark.django_db
def test_without_its_database_it_is_down() -> None:
    def refuse(*_: object) -> None:
        raise OperationalError

    with connection.execute_wrapper(refuse):
        response = Client().get("/readyz")
    assert response.status_code == 503
    assert response.json()["status"] == "down"
