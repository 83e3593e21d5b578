"""What a kube-apiserver makes of a token by itself: its checks in its order, of a token, what it was told and our keys.

Pure. Not whether we would honour the token: that is `clustersync.services.review`.

Source: k8s.io/apiserver 0.36 plugin/pkg/authenticator/token/oidc, github.com/coreos/go-oidc 2.5, gopkg.in/go-jose 2.6;
held against real servers by tests/system/test_oracle.py. Older ones look at the claims before the signature, which
changes what is said first and nothing of what is accepted.
"""

from clustersync.oracle.judging import Outcome, Verdict, judge
from clustersync.oracle.told import Told, told_by

__all__ = ["Outcome", "Told", "Verdict", "judge", "told_by"]
