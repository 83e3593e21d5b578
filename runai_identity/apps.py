from importlib import import_module

from django.apps import AppConfig
from django.contrib.admin.apps import SimpleAdminConfig
from django.core.signals import request_finished

ADMINS = ("clustersync", "sso", "tokens", "access", "accounts", "audit")


class CompositionConfig(AppConfig):
    """For the commands that put the whole service together, and its housekeeping."""

    name = "runai_identity"

    def ready(self) -> None:
        from common.bookkeeping import write_down
        from common.translating import translated
        from common.wording import Wording
        from runai_identity.housekeeping import keep_house
        from runai_identity.metrics.events import count_events
        from runai_identity.model_texts import translate_models
        from runai_identity.streaming import start_streams

        request_finished.connect(write_down)
        request_finished.connect(keep_house)
        request_finished.connect(start_streams)
        count_events()
        translate_models()
        Wording.translator = translated


class IdentityAdminConfig(SimpleAdminConfig):
    """Django's admin with our site in the place of the default one, and our pages only.

    What libraries would add writes around our verbs: Django's own groups, django-oauth-toolkit's tokens in the clear.
    """

    default_site = "runai_identity.admin.IdentityAdminSite"

    def ready(self) -> None:
        super().ready()
        for app in ADMINS:
            import_module(f"{app}.admin")
