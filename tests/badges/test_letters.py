"""The mail of a long import: once, to those who left, and never at the import's cost."""

from datetime import timedelta

import pytest
from django.conf import LazySettings
from django.core import mail
from django.core.cache import cache
from django.urls import reverse

from accounts.models import User
from badges.models import ImportJob, Work
from badges.openbadges.fetching import offline
from badges.services import imports
from tests.badges.conftest import NOW, Clock
from tests.badges.documents import assertion, hosted
from tests.badges.test_imports import as_json, run, upload
from tests.factories import make_user
from tests.people import sign_in

pytestmark = pytest.mark.django_db
LONG = timedelta(minutes=2)


@pytest.fixture
def ada() -> User:
    cache.clear()
    return make_user("ada@example.org")


def begun(user: User, number: int = 1) -> ImportJob:
    files = [upload(as_json(assertion(number)))]
    return imports.start(user=user, uploads=files, text="", now=NOW)


def finished(job: ImportJob, after: timedelta) -> ImportJob:
    clock = Clock()
    clock.now = NOW + after
    return run(job, offline(hosted(assertion(1))), clock)


def test_a_long_import_is_told_of_by_mail(ada: User) -> None:
    job = finished(begun(ada), LONG)
    (letter,) = mail.outbox
    assert letter.to == ["ada@example.org"]
    assert letter.subject == "1 badge is ready to be added"
    assert f"http://localhost:8000/badges/import/{job.pk}/" in letter.body


def test_one_without_anything_new_says_where_the_reasons_are(ada: User) -> None:
    files = [upload(b'{"hello": "world"}')]
    finished(imports.start(user=ada, uploads=files, text="", now=NOW), LONG)
    (letter,) = mail.outbox
    assert letter.subject == "Your import is done"


def test_a_short_import_sends_none(ada: User) -> None:
    finished(begun(ada), timedelta(seconds=50))
    assert mail.outbox == []


@pytest.mark.parametrize("name", ["badges:import-detail", "badges:import-progress"])
def test_whoever_watches_needs_none(ada: User, name: str) -> None:
    job = begun(ada)
    sign_in(ada).get(reverse(name, args=[job.pk]))
    finished(job, LONG)
    assert mail.outbox == []


def test_a_second_round_is_not_told_of_again(ada: User) -> None:
    job = finished(begun(ada), LONG)
    ImportJob.objects.filter(pk=job.pk).update(state=Work.State.QUEUED)
    finished(job, 2 * LONG)
    assert len(mail.outbox) == 1


def test_a_program_that_adds_at_once_is_sent_none(ada: User) -> None:
    files = [upload(as_json(assertion(1)))]
    finished(imports.start(user=ada, uploads=files, text="", now=NOW, adds=True), LONG)
    assert mail.outbox == []


def test_a_mail_server_that_is_down_costs_the_mail_alone(ada: User, settings: LazySettings) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1  # where nobody listens
    assert finished(begun(ada), LONG).state == Work.State.DONE
