from django.contrib import admin
from django.urls import include, path

from accounts.views.account import home
from runai_identity import operations, views
from runai_identity.metrics.views import metrics
from tokens.views.account import account

handler400 = views.bad_request
handler403 = views.permission_denied
handler404 = views.not_found
handler500 = views.server_error

urlpatterns = [
    # First what machines ask again and again: to try a hundred patterns before takes a tenth of the time.
    path("", include("clustersync.urls")),
    path("", include("tokens.urls")),
    path("", home, name="home"),
    path("account", account, name="account"),
    path("healthz", operations.healthz),
    path("readyz", operations.readyz),
    path("metrics", metrics),
    path("admin/", admin.site.urls),
    path("cli/runai-identity", views.command_line, name="command-line"),
    path("api/docs", views.api_reference, name="api-reference"),
    path("api/docs/openapi.json", views.openapi, name="openapi"),
    path("", include("audit.urls")),
    path("", include("accounts.urls")),
    path("", include("access.urls")),
    path("", include("sso.urls")),
]
