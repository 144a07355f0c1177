"""Signing in as people do, through the form, for tests of sessions and locks."""

from django.test import Client

from accounts.models import User

PASSWORD = "correct horse battery"  # what make_user gives everybody


def sign_in(user: User, password: str = PASSWORD) -> Client:
    """A browser in which this person has just signed in."""
    browser = Client()
    sent = {"login": user.email, "password": password}
    response = browser.post("/accounts/login/", sent)
    assert response.status_code == 302, response.content.decode()
    return browser


def confirm_identity(browser: Client, password: str = PASSWORD) -> None:
    """Answer the question that comes before changes of locks."""
    response = browser.post("/accounts/reauthenticate/", {"password": password})
    assert response.status_code == 302, response.content.decode()
