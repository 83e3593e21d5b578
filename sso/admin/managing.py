from typing import Any, TypeVar

from django.db.models import Model
from django.http import HttpRequest

from common.admin import ServiceAdmin

M = TypeVar("M", bound=Model)


class ManagingAdmin(ServiceAdmin[M]):
    """Base of pages for those who may connect directories: they show who tried to sign in, and from where."""

    resource_type = "security-settings"

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm("security-settings.update")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
