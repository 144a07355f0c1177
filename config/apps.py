"""Django's admin, with our own site in it."""

from django.contrib.admin.apps import AdminConfig


class DeskConfig(AdminConfig):
    """The staff's desk."""

    default_site = "config.admin.Desk"
