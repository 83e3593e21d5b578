from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, reverse
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext, gettext_lazy

from accounts.admin import cutting, inviting, person, renaming
from accounts.admin.acting import acting
from accounts.admin.actions import page_action, row_action
from accounts.models import GeneralSettings, User
from accounts.ports.authority import authority
from accounts.ports.cut_off import cut_off_in_clusters
from accounts.ports.ending import ending_with
from accounts.ports.sections import sections
from accounts.services.factors import FACTORS, reset_factors
from accounts.services.invitations import INVITATION, invite_again, invite_user
from accounts.services.password_links import is_invited
from accounts.services.passwords import GIVEN_PASSWORD, reset_password
from accounts.services.throttle import locked_until
from accounts.services.users import (
    create_user,
    delete_user,
    disable_user,
    enable_user,
    force_logout,
    unlock_user,
    update_user,
    verify_email,
)
from common.admin import Revealed
from common.columns import badges
from common.numbers import whole_number
from common.wording import Wording

CREDENTIAL = Wording("Temporary password")
ONE_USER = gettext_lazy("Choose one user.")
HAND_OVER = Wording("Hand it over by a safe way. At the first sign-in the user has to choose another one.")


class PosixIds(forms.CharField):
    """A list of whole numbers, typed with commas between them."""

    def __init__(self, **kwargs: Any) -> None:
        help_text = gettext("POSIX group ids, separated by commas.")
        super().__init__(required=False, label=gettext("Supplementary groups"), help_text=help_text, **kwargs)

    def prepare_value(self, value: Any) -> Any:
        return ", ".join(map(str, value)) if isinstance(value, list) else value

    def to_python(self, value: Any) -> Any:
        parts = (super().to_python(value) or "").replace(",", " ").split()
        numbers = [number for number in map(whole_number, parts) if number is not None]
        if len(numbers) < len(parts):
            raise ValidationError(gettext("Whole numbers, separated by commas."))
        return numbers

    def has_changed(self, initial: Any, data: Any) -> bool:
        try:
            return bool(self.to_python(data) != (initial or []))
        except ValidationError:
            return True


@admin.register(User)
class UserAdmin(person.PersonPage):
    resource_type = "users"
    when_empty = gettext_lazy(
        "Nobody but the first administrator is here yet. Add a user, or connect your company "
        "directory under Identity providers."
    )
    list_display = ("email", "full_name", "state", "signs_in", "last_login")
    list_filter = ("enabled", "is_local", "must_change_password")
    search_fields = ("email", "first_name", "last_name")
    ordering = ("email",)
    change_form_template = "admin/accounts/user_form.html"
    actions = (
        "disable",
        "enable",
        "unlock",
        "sign_out_everywhere",
        "cut_access",
        "invite_by_mail",
        "invite_by_link",
        "reset_the_password",
        "reset_second_factors",
        "rename",
        "confirm_address",
    )
    readonly_fields = (
        "is_local",
        "source",
        "address",
        "enabled",
        "locked",
        "must_change_password",
        "in_groups",
        "last_login",
        "created_by",
        "created_at",
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        return authority().visible_users(acting(request)).order_by("email")

    def get_urls(self) -> list[URLPattern]:
        return [*cutting.urls(self), *renaming.urls(self), *super().get_urls()]

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> Any:
        return ("email", *self.readonly_fields) if obj else ()

    def get_fieldsets(self, request: HttpRequest, obj: User | None = None) -> Any:
        person = (None, {"fields": ("email", "first_name", "last_name")})
        entry = (gettext("How they get in"), {"fields": ("entry",)})
        posix = (
            gettext("POSIX ids"),
            {
                "fields": ("uid", "gid", "supplementary_groups"),
                "description": gettext("Under which ids this person's workloads run; blank: the platform's default."),
            },
        )
        state = (gettext("State"), {"fields": self.readonly_fields})
        return (person, posix, state) if obj else (person, entry, posix)

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "supplementary_groups":
            return PosixIds()
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def get_form(self, request: HttpRequest, obj: User | None = None, change: bool = False, **kwargs: Any) -> Any:
        form = {} if change else {"form": inviting.NewUserForm}
        return super().get_form(request, obj, change=change, **form, **kwargs)

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        about, reader = kwargs.get("obj"), acting(request)
        if isinstance(about, User):
            about.seen_groups = authority().visible_groups(reader).filter(membership__user=about)  # type: ignore[attr-defined]
            context["sections"] = sections("user", about=about, reader=reader)
        return super().render_change_form(request, context, *args, **kwargs)

    @admin.display(description=gettext_lazy("e-mail address"))
    def address(self, user: User) -> str:
        if user.email_verified:
            by_us = user.vouched_by == "administrator"
            who = gettext("an administrator") if by_us else user.vouched_by
            return gettext("verified by %(who)s") % {"who": who}
        return gettext("not verified: access rules that name it don't count")

    @admin.display(description=gettext_lazy("groups"))
    def in_groups(self, user: Any) -> str:
        groups = user.seen_groups.order_by("name")
        links = ((reverse("admin:accounts_group_change", args=[group.pk]), group.name) for group in groups)
        return format_html_join(", ", '<a href="{}">{}</a>', links) or gettext("none")

    @admin.display(description=gettext_lazy("state"))
    def state(self, user: User) -> SafeString:
        return badges(*person.states(user))

    @admin.display(description=gettext_lazy("signs in"), ordering="is_local")
    def signs_in(self, user: User) -> str:
        return person.way_in(user)

    @admin.display(description=gettext_lazy("name"))
    def full_name(self, user: User) -> str:
        return user.full_name

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        if change:
            changes = {name: form.cleaned_data[name] for name in form.changed_data}
            update_user(actor=acting(request), user=obj, **changes)
            return

        given = {**form.cleaned_data}
        entry = given.pop("entry", "")
        if entry in inviting.INVITED:
            user, link = invite_user(actor=acting(request), by_mail=entry == inviting.MAIL, **given)
            obj.pk = user.pk
            self.reveal(request, inviting.told(user, link))
            return
        user, temporary = create_user(actor=acting(request), **given)
        obj.pk = user.pk
        if temporary:
            title, then = Wording("{user} is created", user=user), inviting.then(user)
            self.reveal(request, Revealed(title, CREDENTIAL, temporary, HAND_OVER, then))

    def applies(self, action: str, obj: User) -> bool:
        return {
            "disable": obj.enabled,
            "enable": not obj.enabled,
            "unlock": locked_until(obj) is not None,
            "invite_by_mail": is_invited(obj) and GeneralSettings.current().sends_mail,
            "invite_by_link": is_invited(obj),
            "reset_the_password": obj.is_local,
            "reset_second_factors": obj.second_factor_since is not None,
            "confirm_address": not obj.email_verified,
        }.get(action, True)

    def deletion_takes(self, request: HttpRequest, obj: User) -> list[str]:
        live = obj.sessions.live().count()
        end = [Wording.counted("{number} open session ends.", "{number} open sessions end.", live)] if live else []
        return [*end, *ending_with(obj, reader=acting(request))]

    def deletion_means(self) -> list[str]:
        return cut_off_in_clusters()

    def delete_model(self, request: HttpRequest, obj: User) -> None:
        delete_user(actor=acting(request), user=obj)

    @row_action(
        gettext_lazy("Disable"),
        takes_away=True,
        sentence=gettext_lazy("Refused here from now on: pages, tokens, refresh. Every session ends."),
        also=cut_off_in_clusters,
    )
    def disable(self, actor: User, user: User) -> None:
        disable_user(actor=actor, user=user)

    @row_action(
        gettext_lazy("Confirm the e-mail address"),
        sentence=gettext_lazy(
            "You say that the address is this person's. Access rules that name it count from now on."
        ),
    )
    def confirm_address(self, actor: User, user: User) -> None:
        verify_email(actor=actor, user=user)

    @row_action(
        gettext_lazy("Enable"), sentence=gettext_lazy("May sign in again, with the access rules that name them.")
    )
    def enable(self, actor: User, user: User) -> None:
        enable_user(actor=actor, user=user)

    @row_action(
        gettext_lazy("Sign out everywhere"),
        takes_away=True,
        sentence=gettext_lazy("Ends every session in browsers, the CLI and the API. They may sign in again."),
        also=cut_off_in_clusters,
    )
    def sign_out_everywhere(self, actor: User, user: User) -> None:
        force_logout(actor=actor, user=user)

    @row_action(
        gettext_lazy("Unlock"),
        sentence=gettext_lazy(
            "Too many wrong passwords locked the account. They are tried again from now on; the password stays."
        ),
    )
    def unlock(self, actor: User, user: User) -> None:
        unlock_user(actor=actor, user=user)

    cut_access = page_action(
        gettext_lazy("Cut access now"), "admin:accounts_user_cut_access", otherwise=ONE_USER, takes_away=True
    )
    rename = page_action(gettext_lazy("Change the e-mail address"), "admin:accounts_user_rename", otherwise=ONE_USER)

    @row_action(
        gettext_lazy("Invite again by mail"),
        sentence=gettext_lazy("Sends a new link to choose a password. One from before is over."),
        secrets=INVITATION,
    )
    def invite_by_mail(self, actor: User, user: User) -> None:
        invite_again(actor=actor, user=user, by_mail=True)

    @row_action(
        gettext_lazy("Make an invitation link"),
        sentence=gettext_lazy("Makes a link to choose a password, which you see once. One from before is over."),
        singly=gettext_lazy("Make one invitation link at a time."),
        secrets=INVITATION,
    )
    def invite_by_link(self, actor: User, user: User) -> Revealed:
        return inviting.told(user, invite_again(actor=actor, user=user, by_mail=False))

    @row_action(
        gettext_lazy("Reset password"),
        sentence=gettext_lazy("Makes a temporary password, which you see once. Every session ends."),
        singly=gettext_lazy("Reset one password at a time."),
        secrets=GIVEN_PASSWORD,
    )
    def reset_the_password(self, actor: User, user: User) -> Revealed:
        temporary = reset_password(actor=actor, user=user)
        return Revealed(Wording("New password for {user}", user=user), CREDENTIAL, temporary, HAND_OVER)

    @row_action(
        gettext_lazy("Reset second factors"),
        takes_away=True,
        sentence=gettext_lazy(
            "Removes their apps, passkeys and recovery codes. Every session ends; a password alone "
            "signs them in again. Make sure that it is they who ask."
        ),
        secrets=FACTORS,
    )
    def reset_second_factors(self, actor: User, user: User) -> None:
        reset_factors(actor=actor, user=user)
