from django.urls import include, path

from accounts import views

app_name = "accounts"

urlpatterns = [
    path("login", views.sign_in, name="login"),
    path("logout", views.sign_out, name="logout"),
    path("password", views.password, name="password"),
    path("account/sessions", views.sessions, name="sessions"),
    path("account/sessions/end-others", views.end_other_sessions, name="end-other-sessions"),
    path("account/sessions/<uuid:pk>/end", views.end_session, name="end-session"),
    path("session", views.seconds_left, name="seconds-left"),
    path("session/stay", views.stay_signed_in, name="stay"),
    path("api/v1/", include("accounts.api.urls")),
]
