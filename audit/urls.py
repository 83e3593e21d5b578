from django.urls import path

from audit.api import AuditLog, AuditLogFile

app_name = "audit"

urlpatterns = [
    path("api/v1/audit/log", AuditLog.as_view(), name="log"),
    path("api/v1/audit/log/file", AuditLogFile.as_view(), name="log-file"),
]
