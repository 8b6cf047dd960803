"""The application for ``INSTALLED_APPS``: it brings the system checks."""

from __future__ import annotations

from django.apps import AppConfig
from django.core import checks

from .checks import check_settings


class LatchstringConfig(AppConfig):
    """``"latchstring.django"`` in ``INSTALLED_APPS``."""

    name = "latchstring.django"
    label = "latchstring"
    verbose_name = "Latchstring"

    def ready(self) -> None:
        """Registers the checks, which run before the server and by ``manage.py check``."""
        checks.register(check_settings, checks.Tags.security)
