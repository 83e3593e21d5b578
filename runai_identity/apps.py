from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig


class CompositionConfig(AppConfig):
    """For the commands that put the whole service together."""

    name = "runai_identity"


class IdentityAdminConfig(AdminConfig):
    """Django's admin with our site in the place of the default one, so that apps register as usual."""

    default_site = "runai_identity.admin.IdentityAdminSite"

    def ready(self) -> None:
        super().ready()
        from django.contrib import admin
        from django.contrib.auth.models import Group

        # Django's own groups give nobody anything here.
        admin.site.unregister(Group)
