"""Repeat the checks by which a kube-apiserver verifies a token by itself, in its order. Pure.

Inputs are the token, the API server's settings and our keys. Whether this service honours the token is decided in
`clustersync.services.review`.

Source: k8s.io/apiserver 0.36 plugin/pkg/authenticator/token/oidc, github.com/coreos/go-oidc 2.5, gopkg.in/go-jose 2.6;
held against real servers by tests/system/test_apiserver_checks.py. Older versions check the claims before the
signature: the first reason may differ, but not which tokens are accepted.
"""

from clustersync.apiserver_checks.authenticator import AuthenticatorSettings, settings_from
from clustersync.apiserver_checks.verdict import APIServerVerdict, CheckResult, judge

__all__ = ["APIServerVerdict", "AuthenticatorSettings", "CheckResult", "judge", "settings_from"]
