from django.urls import path

from audit.api import EventFile, EventList

app_name = "audit"

urlpatterns = [
    path("api/v1/audit/log", EventList.as_view(), name="log"),
    path("api/v1/audit/log/file", EventFile.as_view(), name="log-file"),
]
