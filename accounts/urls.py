from django.urls import include, path

from accounts.views import account, browser_session, clock, sign_in

app_name = "accounts"

urlpatterns = [
    path("login", sign_in.sign_in, name="login"),
    path("logout", browser_session.sign_out, name="logout"),
    path("password", account.password, name="password"),
    path("account/sessions", account.sessions, name="sessions"),
    path("account/sessions/end-others", account.end_other_sessions, name="end-other-sessions"),
    path("account/sessions/<uuid:pk>/end", account.end_session, name="end-session"),
    path("session", clock.seconds_left, name="seconds-left"),
    path("session/stay", clock.stay_signed_in, name="stay"),
    path("api/v1/", include("accounts.api.urls")),
]
