from django.urls import include, path

from accounts.signing_in import sign_out
from accounts.views import account, branding, clock, factors, language, password_links, second_step, sign_in, step_up

app_name = "accounts"

urlpatterns = [
    path("login", sign_in.sign_in, name="login"),
    path("login/passkey", sign_in.by_passkey, name="by-passkey"),
    path("login/second", second_step.second_step, name="second-step"),
    path("recover", password_links.recover, name="recover"),
    path("choose-password", password_links.choose, name="choose-password"),
    path("logout", sign_out, name="logout"),
    path("branding/<str:digest>.css", branding.accent, name="accent"),
    path("branding/<str:digest>", branding.logo, name="logo"),
    path("language", language.language, name="language"),
    path("password", account.password, name="password"),
    path("account/sessions", account.sessions, name="sessions"),
    path("account/sessions/end-others", account.end_other_sessions, name="end-other-sessions"),
    path("account/sessions/<uuid:pk>/end", account.end_session, name="end-session"),
    path("account/second-factors", factors.factors, name="factors"),
    path("account/second-factors/app", factors.add_app, name="add-app"),
    path("account/second-factors/passkey", factors.add_passkey, name="add-passkey"),
    path("account/second-factors/codes", factors.new_codes, name="new-codes"),
    path("account/second-factors/<uuid:pk>/rename", factors.rename, name="rename-factor"),
    path("account/second-factors/<uuid:pk>/remove", factors.remove, name="remove-factor"),
    path("step-up/<str:key>", step_up.step_up, name="step-up"),
    path("session", clock.seconds_left, name="seconds-left"),
    path("session/stay", clock.stay_signed_in, name="stay"),
    path("api/v1/", include("accounts.api.urls")),
]
