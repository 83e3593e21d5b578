from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, reverse
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from accounts.admin import cutting, person, renaming
from accounts.admin.acting import acting
from accounts.authority import authority
from accounts.cut_off import cut_off_in_clusters
from accounts.ending import ending_with
from accounts.models import User
from accounts.sections import sections
from accounts.services.passwords import reset_password
from accounts.services.throttle import locked_until
from accounts.services.users import (
    create_user,
    delete_user,
    disable_user,
    enable_user,
    force_logout,
    update_user,
    verify_email,
)
from common.admin import Revealed, ServiceAdmin
from common.columns import badges

HAND_OVER = "Hand it over by a safe way. At the first sign-in the user has to choose another one."


class PosixIds(forms.CharField):
    """A list of whole numbers, typed with commas between them."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, help_text="POSIX group ids, separated by commas.", **kwargs)

    def prepare_value(self, value: Any) -> Any:
        return ", ".join(map(str, value)) if isinstance(value, list) else value

    def to_python(self, value: Any) -> Any:
        parts = (super().to_python(value) or "").replace(",", " ").split()
        if not all(part.isascii() and part.isdigit() for part in parts):
            raise ValidationError("Whole numbers, separated by commas.")
        return [int(part) for part in parts]

    def has_changed(self, initial: Any, data: Any) -> bool:
        try:
            return bool(self.to_python(data) != (initial or []))
        except ValidationError:
            return True


@admin.register(User)
class UserAdmin(ServiceAdmin[User]):
    resource_type = "users"
    when_empty = (
        "Nobody but the first administrator is here yet. Add a user, or connect your company directory under"
        " Identity providers."
    )
    list_display = ("email", "full_name", "state", "signs_in", "last_login")
    list_filter = ("enabled", "is_local", "must_change_password")
    search_fields = ("email", "first_name", "last_name")
    ordering = ("email",)
    show_full_result_count = False
    change_form_template = "admin/accounts/user_form.html"
    actions = (
        "disable",
        "enable",
        "sign_out_everywhere",
        "cut_access",
        "reset_the_password",
        "rename",
        "confirm_address",
    )
    readonly_fields = (
        "is_local", "source", "address", "enabled", "locked", "must_change_password", "in_groups", "last_login",
        "created_by", "created_at",
    )  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        return authority().visible_users(acting(request)).order_by("email")

    def get_urls(self) -> list[URLPattern]:
        return [*cutting.urls(self), *renaming.urls(self), *person.urls(self), *super().get_urls()]

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> Any:
        return ("email", *self.readonly_fields) if obj else ()

    def get_fieldsets(self, request: HttpRequest, obj: User | None = None) -> Any:
        person = (None, {"fields": ("email", "first_name", "last_name")})
        posix = (
            "POSIX ids",
            {
                "fields": ("uid", "gid", "supplementary_groups"),
                "description": "Under which ids this person's workloads run; blank: the platform's default.",
            },
        )
        state = ("State", {"fields": self.readonly_fields})
        return (person, posix, state) if obj else (person, posix)

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "supplementary_groups":
            return PosixIds()
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        about, reader = kwargs.get("obj"), acting(request)
        if isinstance(about, User):
            context |= person.head(request, about, "details")
            context["sections"] = sections("user", about=about, reader=reader)
        return super().render_change_form(request, context, *args, **kwargs)

    @admin.display(description="e-mail address")
    def address(self, user: User) -> str:
        if user.email_verified:
            return f"verified by {user.vouched_by}"
        return "not verified: access rules that name it don't count"

    @admin.display(description="passwords")
    def locked(self, user: User) -> str:
        until = locked_until(user)
        if until is None:
            return "tried as usual"
        return f"refused until {until:%Y-%m-%d %H:%M} UTC, since too many were wrong. A new temporary one ends it."

    @admin.display(description="groups")
    def in_groups(self, user: User) -> str:
        groups = user.group_set.order_by("name")
        links = ((reverse("admin:accounts_group_change", args=[group.pk]), group.name) for group in groups)
        return format_html_join(", ", '<a href="{}">{}</a>', links) or "none"

    @admin.display(description="state")
    def state(self, user: User) -> SafeString:
        return badges(*person.states(user))

    @admin.display(description="signs in", ordering="is_local")
    def signs_in(self, user: User) -> str:
        return "with a password" if user.is_local else f"through {user.source or 'a provider that was removed'}"

    @admin.display(description="name")
    def full_name(self, user: User) -> str:
        return user.full_name

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        if change:
            changes = {name: form.cleaned_data[name] for name in form.changed_data}
            update_user(actor=acting(request), user=obj, **changes)
            return

        user, temporary = create_user(actor=acting(request), **form.cleaned_data)
        obj.pk = user.pk
        if temporary:
            then = ("Give a role", reverse("admin:accounts_user_access", args=[user.pk]))
            self.reveal(request, Revealed(f"{user} is created", "Temporary password", temporary, HAND_OVER, then))

    def applies(self, action: str, obj: User) -> bool:
        return {
            "disable": obj.enabled,
            "enable": not obj.enabled,
            "reset_the_password": obj.is_local,
            "confirm_address": not obj.email_verified,
        }.get(action, True)

    def deletion_takes(self, request: HttpRequest, obj: User) -> list[str]:
        live = obj.sessions.live().count()
        end = [f"{live} open session{' ends' if live == 1 else 's end'}."] if live else []
        return [*end, *ending_with(obj, reader=acting(request))]

    def deletion_means(self) -> list[str]:
        return cut_off_in_clusters()

    def delete_model(self, request: HttpRequest, obj: User) -> None:
        delete_user(actor=acting(request), user=obj)

    @admin.action(description="Disable", permissions=["change"])
    def disable(self, request: HttpRequest, users: QuerySet[User]) -> HttpResponse | None:
        actor = acting(request)
        return self.confirmed(
            request,
            users,
            lambda user: disable_user(actor=actor, user=user),
            title="Disable",
            sentence="Refused here from now on: pages, tokens, refresh. Every session ends.",
            also=cut_off_in_clusters,
        )

    @admin.action(description="Confirm the e-mail address", permissions=["change"])
    def confirm_address(self, request: HttpRequest, users: QuerySet[User]) -> HttpResponse | None:
        actor = acting(request)
        return self.confirmed(
            request,
            users,
            lambda user: verify_email(actor=actor, user=user),
            title="Confirm the e-mail address",
            sentence="You say that the address is this person's. Access rules that name it count from now on.",
        )

    @admin.action(description="Enable", permissions=["change"])
    def enable(self, request: HttpRequest, users: QuerySet[User]) -> HttpResponse | None:
        actor = acting(request)
        return self.confirmed(
            request,
            users,
            lambda user: enable_user(actor=actor, user=user),
            title="Enable",
            sentence="May sign in again, with the access rules that name them.",
        )

    @admin.action(description="Sign out everywhere", permissions=["change"])
    def sign_out_everywhere(self, request: HttpRequest, users: QuerySet[User]) -> HttpResponse | None:
        actor = acting(request)
        return self.confirmed(
            request,
            users,
            lambda user: force_logout(actor=actor, user=user),
            title="Sign out everywhere",
            sentence="Ends every session in browsers, the CLI and the API. They may sign in again.",
            also=cut_off_in_clusters,
        )

    @admin.action(description="Cut access now", permissions=["change"])
    def cut_access(self, request: HttpRequest, users: QuerySet[User]) -> HttpResponse | None:
        return self._on_one(request, users, "admin:accounts_user_cut_access")

    @admin.action(description="Change the e-mail address", permissions=["change"])
    def rename(self, request: HttpRequest, users: QuerySet[User]) -> HttpResponse | None:
        return self._on_one(request, users, "admin:accounts_user_rename")

    def _on_one(self, request: HttpRequest, users: QuerySet[User], page: str) -> HttpResponse | None:
        chosen = list(users[:2])
        if len(chosen) == 1:
            return redirect(page, chosen[0].pk)
        self.message_user(request, "Choose one user.", messages.ERROR)
        return None

    @admin.action(description="Reset password", permissions=["change"])
    def reset_the_password(self, request: HttpRequest, users: QuerySet[User]) -> HttpResponse | None:
        """One at a time: the temporary password is shown on the answer, and nowhere after that."""
        if users.count() != 1:
            self.message_user(request, "Reset one password at a time.", messages.ERROR)
            return None
        return self.confirmed(
            request,
            users,
            lambda user: self._reset(request, user),
            title="Reset password",
            sentence="Makes a temporary password, which you see once. Every session ends.",
        ) or self.revealing(request)

    def _reset(self, request: HttpRequest, user: User) -> None:
        temporary = reset_password(actor=acting(request), user=user)
        self.reveal(request, Revealed(f"New password for {user}", "Temporary password", temporary, HAND_OVER))
