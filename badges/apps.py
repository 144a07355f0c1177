"""Credentials: bring them in, check them, issue them."""

from django.apps import AppConfig


class BadgesConfig(AppConfig):
    name = "badges"
    default_auto_field = "django.db.models.BigAutoField"
