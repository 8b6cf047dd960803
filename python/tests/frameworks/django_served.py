"""Django's project for a server in a process of its own."""

from frameworks.django_setup import configure
from frameworks.setup import setup_of_environment

configure(setup_of_environment())

# Django wants its settings before this is imported.
from frameworks.django_app import create_asgi, create_wsgi  # noqa: E402

__all__ = ["create_asgi", "create_wsgi"]
