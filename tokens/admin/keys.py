from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy

from accounts.admin.acting import acting
from accounts.admin.actions import row_action
from accounts.models import User
from common.admin import ServiceAdmin
from common.columns import when
from tokens.models import SigningKey
from tokens.models.keys import Algorithm, State
from tokens.ports.verifiers import broken_by_an_emergency
from tokens.services.keys import activates_at, planned, rotate, rotate_at_once, standing

PLANNED = (
    "The next key signs from now on. The present one stays published until every token it signed has ended, so nothing"
    " that is valid is refused."
)
AT_ONCE = (
    "Only after a leak. All keys of this algorithm are withdrawn now, and a new one signs: every token signed so far is"
    " refused here, so people refresh and applications ask again. Clusters that verify by themselves refuse new tokens"
    " for up to some minutes, until they may fetch the keys again. With the first new token after that they forget the"
    " withdrawn keys: use one in each of these clusters, or restart its API servers. Until then they accept what the"
    " leaked key signs."
)


def _following(chosen: QuerySet[SigningKey]) -> QuerySet[SigningKey]:
    """Return the keys that would sign next, one for each algorithm.

    Either they were chosen on the page, or the keys before them.
    """
    algorithms = chosen.filter(state__in=(State.ACTIVE, State.NEXT)).values("algorithm")
    return SigningKey.objects.filter(state=State.NEXT, algorithm__in=algorithms)


@admin.register(SigningKey)
class SigningKeyAdmin(ServiceAdmin[SigningKey]):
    """Public facts alone: a private key is on no page."""

    resource_type = "settings"
    when_empty = gettext_lazy(
        "No key yet. Keys are made when the server starts; restart it, or run manage.py rotatekeys."
    )
    list_display = ("key", "algorithm", "state", "created_at", "signs_from", "retiring_at", "retired_at")
    list_filter = ("state", "algorithm")
    change_list_template = "admin/tokens/key_list.html"
    fields = ("kid", "algorithm", "state", "created_at", "signs_from", "retiring_at", "retired_at", "public_jwk")
    readonly_fields = fields
    actions = ("sign_with_the_next_key", "withdraw_at_once")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: SigningKey | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: SigningKey | None = None) -> bool:
        return False

    def has_rotate_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("settings.update")

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> Any:
        return super().changelist_view(request, {"standing": standing(acting(request)), **(extra_context or {})})

    def applies(self, action: str, obj: SigningKey) -> bool:
        if action == "sign_with_the_next_key":
            return obj.state in (State.ACTIVE, State.NEXT)
        return obj.state == State.ACTIVE

    @admin.display(description=gettext_lazy("key"), ordering="kid")
    def key(self, key: SigningKey) -> str:
        return f"{key.kid[:12]}…"

    @admin.display(description=gettext_lazy("signs from"))
    def signs_from(self, key: SigningKey) -> SafeString | str:
        """When it began to sign; for the next key, the earliest time it can."""
        return when(activates_at(key) if key.state == State.NEXT else key.activated_at)

    @row_action(
        gettext_lazy("Sign with the next key"), sentence=PLANNED, also=planned, permission="rotate", rows=_following
    )
    def sign_with_the_next_key(self, actor: User, key: SigningKey) -> None:
        rotate(actor=actor, algorithm=Algorithm(key.algorithm))

    @row_action(
        gettext_lazy("Withdraw at once (leaked key)"),
        takes_away=True,
        title=gettext_lazy("Withdraw at once"),
        sentence=AT_ONCE,
        also=broken_by_an_emergency,
        permission="rotate",
        rows=lambda keys: keys.filter(state=State.ACTIVE),
    )
    def withdraw_at_once(self, actor: User, key: SigningKey) -> None:
        rotate_at_once(actor=actor, algorithm=Algorithm(key.algorithm))
