from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = "Accounts"

    def ready(self) -> None:
        from accounts.receivers import tell_of_change, tell_of_new_place
        from accounts.signals import session_started
        from audit.services import recorded

        recorded.connect(tell_of_change)
        session_started.connect(tell_of_new_place)
