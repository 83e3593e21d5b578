"""djangosaml2's authentication backend, called with assertions that our reader verified."""

from typing import Any

from django.http import HttpRequest
from djangosaml2.backends import Saml2Backend

from accounts.models import User
from sso.services.admission import Admission


class SamlBackend(Saml2Backend):  # type: ignore[misc]  # has no types
    """Authenticate the user whom a verified assertion names.

    To decide by attributes who may sign in, subclass this backend, override `is_authorized`, and name the subclass in
    AUTHENTICATION_BACKENDS. The backend grants no permissions and accepts no bare `session_info`, so djangosaml2's own
    views can sign nobody in.
    """

    def authenticate(
        self, request: HttpRequest | None, admission: Admission | None = None, **credentials: Any
    ) -> User | None:
        if not isinstance(admission, Admission):
            return None
        self._admission = admission
        user: User | None = super().authenticate(
            request,
            session_info=admission.session_info,
            attribute_mapping={},  # the provider's mapping was applied already
            assertion_info={
                "assertion_id": admission.assertion.message_id,
                "not_on_or_after": admission.session_info["not_on_or_after"],
            },
        )
        return user

    def get_or_create_user(self, *args: Any, **kwargs: Any) -> tuple[User, bool]:
        """Find the user by issuer and subject. djangosaml2 would use the name alone, which two providers may share."""
        return self._admission.admit(), False

    def get_user_permissions(self, user_obj: object, obj: object = None) -> set[str]:
        return set()

    get_group_permissions = get_all_permissions = get_user_permissions
