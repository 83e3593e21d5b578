from typing import Any, ClassVar

from django.db import transaction
from django.db.models import Prefetch, Q, QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.api.invitations import InvitationOut
from accounts.models import User
from accounts.models.users import normalize_email
from accounts.names import HIGHEST_POSIX_ID, LONGEST_EMAIL
from accounts.ports.authority import authority
from accounts.services.invitations import invite_user
from accounts.services.passwords import reset_password
from accounts.services.renaming import rename_user
from accounts.services.users import (
    EDITABLE,
    create_user,
    delete_user,
    disable_user,
    enable_user,
    force_logout,
    update_user,
)
from common.actors import Principal
from common.api import CountOut, Needs, Requires, caller, changes_in, refusals
from common.errors import NotFound
from common.fields import Text
from common.listing import Fields, narrow, page
from common.openapi import list_parameters
from common.preconditions import ETAG, IF_MATCH, IF_NONE_MATCH, Version
from common.unknown_names import KnownFields

FIELDS = Fields(
    sortable={
        "username": "email",
        "createdBy": "created_by",
        "lastLogin": "last_login",
        "creationTime": "created_at",
        "lastUpdated": "updated_at",
        "type": "is_local",
    },
    filterable={
        "username": "email",
        "createdBy": "created_by",
        "lastLogin": "last_login",
        "creationTime": "created_at",
        "lastUpdated": "updated_at",
        "isLocal": "is_local",
        "enabled": "enabled",
    },
    searched=("email", "first_name", "last_name"),
    same={"username": lambda name: Q(email=normalize_email(name))},
    default_sort="email",
    default_limit=500,
)


class UserIn(KnownFields):
    email = Text(max_length=LONGEST_EMAIL)
    resetPassword = serializers.BooleanField(required=False, allow_null=True, default=True)
    notify = serializers.BooleanField(
        required=False,
        allow_null=True,
        default=False,
        help_text="Mail them a link to choose a password, in place of a temporary one.",
    )
    invite = serializers.BooleanField(
        required=False, allow_null=True, default=False, help_text="Answer such a link, to hand over."
    )


class UserMade(serializers.Serializer[object]):
    id = serializers.CharField()
    username = serializers.CharField()
    tempPassword = serializers.CharField(required=False, help_text="Shown this once. Not of who is invited.")
    invitation = InvitationOut(required=False, help_text="Of who is invited and not notified; shown this once.")


class UserPatch(KnownFields):
    email = Text(
        required=False, max_length=LONGEST_EMAIL, help_text="Access rules that name the user move; every session ends."
    )
    enabled = serializers.BooleanField(required=False)
    firstName = Text(source="first_name", required=False, allow_blank=True, max_length=100)
    lastName = Text(source="last_name", required=False, allow_blank=True, max_length=100)
    uid = serializers.IntegerField(required=False, allow_null=True, min_value=0, max_value=HIGHEST_POSIX_ID)
    gid = serializers.IntegerField(required=False, allow_null=True, min_value=0, max_value=HIGHEST_POSIX_ID)
    supplementaryGroups = serializers.ListField(
        source="supplementary_groups",
        required=False,
        max_length=256,
        child=serializers.IntegerField(min_value=0, max_value=HIGHEST_POSIX_ID),
    )


class UserOut(serializers.ModelSerializer[User]):
    username = serializers.CharField(source="email")
    createdBy = serializers.CharField(source="created_by")
    createdAt = serializers.DateTimeField(source="created_at")
    updatedAt = serializers.DateTimeField(source="updated_at")
    lastLogin = serializers.DateTimeField(source="last_login", allow_null=True)
    isLocal = serializers.BooleanField(source="is_local")
    identityProvider = serializers.CharField(source="source", help_text="Its alias; blank: none.")
    emailVerified = serializers.BooleanField(source="email_verified")
    emailVerifiedBy = serializers.CharField(
        source="vouched_by", help_text="An identity provider's alias or administrator; blank: nobody."
    )
    groups = serializers.SerializerMethodField()
    firstName = serializers.CharField(source="first_name")
    lastName = serializers.CharField(source="last_name")
    uid = serializers.IntegerField(allow_null=True)
    gid = serializers.IntegerField(allow_null=True)
    supplementaryGroups = serializers.ListField(source="supplementary_groups", child=serializers.IntegerField())

    class Meta:
        model = User
        fields = (
            "id",
            "username",
            "createdBy",
            "createdAt",
            "updatedAt",
            "lastLogin",
            "isLocal",
            "identityProvider",
            "emailVerified",
            "emailVerifiedBy",
            "enabled",
            "groups",
            "firstName",
            "lastName",
            "uid",
            "gid",
            "supplementaryGroups",
        )

    def get_groups(self, user: User) -> list[str]:
        return sorted(group.name for group in user.seen_groups)  # type: ignore[attr-defined]  # seen_by


class TemporaryPassword(serializers.Serializer[object]):
    tempPassword = serializers.CharField(help_text="Shown this once.")


def seen_by(reader: Principal) -> QuerySet[User]:
    """Return the users whom the reader may see, each with those of the groups that the reader may see too."""
    groups = Prefetch("group_set", authority().visible_groups(reader), to_attr="seen_groups")
    return authority().visible_users(reader).prefetch_related(groups)


def user_named(request: Request, pk: Any) -> User:
    user: User | None = seen_by(caller(request)).filter(pk=pk).first()
    if user is None:
        raise NotFound("not_found", "No user has this id, or none that you may see.")
    return user


class UserList(APIView):
    requires: ClassVar[Requires] = {
        "GET": Needs("users", "read"),
        "POST": Needs("users", "create"),
    }

    @extend_schema(parameters=list_parameters(FIELDS), responses={200: UserOut(many=True), **refusals(400, 401, 403)})
    def get(self, request: Request) -> Response:
        users = narrow(seen_by(caller(request)), request.query_params, FIELDS)
        rows = page(users, request.query_params, FIELDS)
        return Response(UserOut(rows, many=True).data)

    @extend_schema(request=UserIn, responses={201: UserMade, **refusals(400, 401, 403, 409)})
    def post(self, request: Request) -> Response:
        """Make a local user. With `resetPassword` false the temporary password need not be changed.

        With `notify` or `invite` there is none: they choose their own by a link.
        """
        given = UserIn(data=request.data)
        given.is_valid(raise_exception=True)
        actor, email, notify = caller(request), given.validated_data["email"], given.validated_data["notify"]
        body: dict[str, object] = {}
        if notify or given.validated_data["invite"]:
            user, link = invite_user(actor=actor, email=email, by_mail=bool(notify))
            body = {"invitation": InvitationOut(link).data} if link else {}
        else:
            change = given.validated_data["resetPassword"] is not False
            user, temporary = create_user(actor=actor, email=email, must_change_password=change)
            body = {"tempPassword": temporary}
        body = {"id": str(user.pk), "username": user.email, **body}
        return Response(body, status=201, headers={"Cache-Control": "no-store"})


class UserCount(APIView):
    requires: ClassVar[Requires] = {"GET": Needs("users", "read")}

    @extend_schema(
        parameters=list_parameters(FIELDS, paged=False), responses={200: CountOut, **refusals(400, 401, 403)}
    )
    def get(self, request: Request) -> Response:
        users = narrow(authority().visible_users(caller(request)), request.query_params, FIELDS)
        return Response({"count": users.count()})


class UserDetail(APIView):
    requires: ClassVar[Requires] = {
        "GET": Needs("users", "read"),
        "PATCH": Needs("users", "update"),
        "DELETE": Needs("users", "delete"),
    }

    version = Version(*EDITABLE, "email", "enabled")

    @extend_schema(parameters=[IF_NONE_MATCH, ETAG], responses={304: None, 200: UserOut, **refusals(401, 403, 404)})
    def get(self, request: Request, pk: Any) -> Response:
        user = user_named(request, pk)
        return self.version.unless_known(request, Response(UserOut(user).data), user)

    @extend_schema(
        parameters=[IF_MATCH, ETAG],
        request=UserPatch,
        responses={200: UserOut, **refusals(400, 401, 403, 404, 409, 412)},
    )
    def patch(self, request: Request, pk: Any) -> Response:
        """Disable or enable a user, or change the e-mail address, names and POSIX ids."""
        given = UserPatch(data=request.data)
        given.is_valid(raise_exception=True)
        user, changes = user_named(request, pk), changes_in(given)
        enabled, email = changes.pop("enabled", user.enabled), changes.pop("email", user.email)
        with self.version.unchanged(request, user), transaction.atomic():
            if email != user.email:
                rename_user(actor=caller(request), user=user, email=email)
            if enabled != user.enabled:
                switch = enable_user if enabled else disable_user
                switch(actor=caller(request), user=user)
            if changes:  # last: those before it lock the tree, which comes before the user (common.locking)
                update_user(actor=caller(request), user=user, **changes)
            user.refresh_from_db()  # with what others changed of it since it was read
        return self.version.tagged(Response(UserOut(user).data), user)

    @extend_schema(parameters=[IF_MATCH], responses={204: None, **refusals(400, 401, 403, 404, 409, 412)})
    def delete(self, request: Request, pk: Any) -> Response:
        user = user_named(request, pk)
        with self.version.unchanged(request, user):
            delete_user(actor=caller(request), user=user)
        return Response(status=204)


class UserPassword(APIView):
    requires: ClassVar[Requires] = {"POST": Needs("users", "update")}

    @extend_schema(request=None, responses={200: TemporaryPassword, **refusals(401, 403, 404, 409)})
    def post(self, request: Request, pk: Any) -> Response:
        temporary = reset_password(actor=caller(request), user=user_named(request, pk))
        return Response({"tempPassword": temporary}, headers={"Cache-Control": "no-store"})


class UserLogout(APIView):
    requires: ClassVar[Requires] = {"POST": Needs("users", "update")}

    @extend_schema(request=None, responses={200: None, **refusals(401, 403, 404)})
    def post(self, request: Request, pk: Any) -> Response:
        force_logout(actor=caller(request), user=user_named(request, pk))
        return Response(status=200)
