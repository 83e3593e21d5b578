from django.contrib import admin
from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView

from accounts.views import home
from runai_identity import operations

urlpatterns = [
    path("", home, name="home"),
    path("healthz", operations.healthz),
    path("readyz", operations.readyz),
    path("admin/", admin.site.urls),
    path("api/docs/openapi.json", SpectacularAPIView.as_view(), name="openapi"),
    path("", include("audit.urls")),
    path("", include("accounts.urls")),
    path("", include("access.urls")),
    path("", include("tokens.urls")),
    path("", include("clustersync.urls")),
]
