from django.urls import path

from access.api.roles import PermissionList, PermittedScopes, RoleDetail, RoleList, TenantList
from access.api.rules import (
    AccessRuleCount,
    AccessRuleDetail,
    AccessRuleList,
    MyAccessRuleCount,
    MyAccessRuleList,
)
from access.api.tree import DepartmentDetail, DepartmentList, ProjectDetail, ProjectList
from access.api.who_can import WhoCan
from access.api.why import Why

app_name = "access"

urlpatterns = [
    path("api/v1/authorization/roles", RoleList.as_view(), name="roles"),
    path("api/v1/authorization/roles/<int:role_id>", RoleDetail.as_view(), name="role"),
    path("api/v1/authorization/permissions", PermissionList.as_view(), name="permissions"),
    path("api/v1/authorization/permitted-scopes", PermittedScopes.as_view(), name="permitted-scopes"),
    path("api/v1/authorization/why", Why.as_view(), name="why"),
    path("api/v1/authorization/who-can", WhoCan.as_view(), name="who-can"),
    path("api/v1/authorization/access-rules", AccessRuleList.as_view(), name="access-rules"),
    path("api/v1/authorization/access-rules/count", AccessRuleCount.as_view(), name="access-rule-count"),
    path("api/v1/authorization/access-rules/<int:rule_id>", AccessRuleDetail.as_view(), name="access-rule"),
    path("api/v1/authorization/me/access-rules", MyAccessRuleList.as_view(), name="my-access-rules"),
    path("api/v1/authorization/me/access-rules/count", MyAccessRuleCount.as_view(), name="my-access-rule-count"),
    path("api/v1/org-unit/departments", DepartmentList.as_view(), name="departments"),
    path("api/v1/org-unit/departments/<str:scope_id>", DepartmentDetail.as_view(), name="department"),
    path("api/v1/org-unit/projects", ProjectList.as_view(), name="projects"),
    path("api/v1/org-unit/projects/<str:scope_id>", ProjectDetail.as_view(), name="project"),
    path("api/v1/tenants", TenantList.as_view(), name="tenants"),
]
