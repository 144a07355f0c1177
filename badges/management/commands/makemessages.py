"""Collects what is to be translated, from the core as well, whose sentences go through `say`."""

from django.core.management.commands import makemessages


class Command(makemessages.Command):
    """Django's own, which also finds the core's sentences."""

    xgettext_options = [*makemessages.Command.xgettext_options, "--keyword=say:1"]
