from importlib import import_module

from django.apps import AppConfig
from django.contrib.admin.apps import SimpleAdminConfig
from django.core.signals import request_finished

ADMINS = ("clustersync", "sso", "tokens", "access", "accounts", "audit")


class CompositionConfig(AppConfig):
    """For the commands that put the whole service together, and its housekeeping."""

    name = "runai_identity"

    def ready(self) -> None:
        from runai_identity.housekeeping import keep_house

        request_finished.connect(keep_house)


class IdentityAdminConfig(SimpleAdminConfig):
    """Django's admin with our site in the place of the default one, and our pages only.

    What libraries would add writes around our verbs: Django's own groups, django-oauth-toolkit's tokens in the clear.
    """

    default_site = "runai_identity.admin.IdentityAdminSite"

    def ready(self) -> None:
        super().ready()
        for app in ADMINS:
            import_module(f"{app}.admin")
