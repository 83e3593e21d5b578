"""A cluster as we serve it, and what its API server is rightly told."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from clustersync.doctor.diagnosis import Diagnosis, diagnose
from clustersync.doctor.reading import read
from clustersync.doctor.served import Observed, PublishedKey, Sample, Served
from common.hashes import sha256_of

ORIGIN = "https://identity.example.com"
ISSUER = f"{ORIGIN}/auth/realms/runai"
UUID = "c0000000-0000-4000-8000-000000000001"
OTHER_UUID = "c0000000-0000-4000-8000-000000000002"
DISCOVERY_URL = f"{ORIGIN}/api/v1/clusters/{UUID}/.well-known/openid-configuration"

PEM = "-----BEGIN CERTIFICATE-----\nMIIBOURS\n-----END CERTIFICATE-----\n"

# A token as it would be issued to Bob; every claim that one may have.
CLAIMS = {
    "iss": ISSUER,
    "aud": "runai-gpu-1",
    "sub": "b0b00000-0000-4000-8000-000000000001",
    "jti": "0" * 32,
    "exp": 1_700_000_600,
    "iat": 1_700_000_000,
    "nbf": 1_700_000_000,
    "sid": "5e551000-0000-4000-8000-000000000001",
    "client_id": "runai-cli",
    "azp": "runai-cli",
    "grant_id": "0" * 36,
    "scope": "openid email profile groups",
    "tenant_id": 1000,
    "auth_time": 1_700_000_000,
    "amr": ["pwd"],
    "email": "bob@example.com",
    "email_verified": True,
    "preferred_username": "bob@example.com",
    "name": "Bob",
    "groups": ["all", "researchers"],
}

APPLICATION = {
    **{name: CLAIMS[name] for name in ("iss", "aud", "jti", "exp", "iat", "nbf", "tenant_id", "scope")},
    "sub": "service-account-train",
    "application_id": "a9900000-0000-4000-8000-000000000001",
    "client_id": "train",
    "azp": "train",
    "preferred_username": "service-account-train",
}

SERVED = Served(
    origin=ORIGIN,
    issuer=ISSUER,
    cluster="gpu-1",
    uuid=UUID,
    audience="runai-gpu-1",
    oidc_client_id="runai-gpu-1",
    shared_audience="runai",
    api_audience="urn:runai:api",
    accepts_shared_audience=False,
    mode="both",
    username_claim="preferred_username",
    username_prefix="runai:",
    groups_claim="groups",
    groups_prefix="runai:",
    webhook_cache_seconds=30,
    token_seconds=600,
    webhook_digests={sha256_of("s3cret" * 6)},
    client_id="runai-cli",
    api_url="https://gpu-1.example.com:6443",
    discovery_url=DISCOVERY_URL,
    samples=(
        Sample("bob@example.com", CLAIMS, is_senders=True),
        Sample("somebody in no group", {name: CLAIMS[name] for name in CLAIMS if name not in ("groups", "name")}, True),
        Sample("an application", APPLICATION, is_senders=True),
    ),
    other_audiences={"runai-gpu-2": "gpu-2"},
    other_uuids={OTHER_UUID: "gpu-2"},
    keys=(
        PublishedKey("one", "active", "RS256"),
        PublishedKey("two", "next", "RS256", datetime(2026, 12, 1, tzinfo=UTC)),
    ),
)

SEEN = Observed(
    failure="",
    status=200,
    is_json=True,
    issuer=ISSUER,
    kids=("one", "two"),
    key_types=("RSA",),
    max_age=300,
    has_max_age=True,
    skew=0.2,
    webhook_milliseconds=20,
    token_bytes=1200,
)

POD = f"""\
apiVersion: v1
kind: Pod
metadata: {{name: kube-apiserver, namespace: kube-system}}
spec:
  containers:
  - name: kube-apiserver
    command:
    - kube-apiserver
    - --etcd-servers=https://127.0.0.1:2379
    - --authorization-mode=Node,RBAC
    - --oidc-issuer-url={ISSUER}
    - --oidc-client-id=runai-gpu-1
    - --oidc-username-claim=preferred_username
    - "--oidc-username-prefix=runai:"
    - --oidc-groups-claim=groups
    - "--oidc-groups-prefix=runai:"
    - --oidc-signing-algs=RS256,ES256
    - --oidc-ca-file=/etc/kubernetes/runai-identity/ca.crt
    volumeMounts:
    - {{name: k8s-certs, mountPath: /etc/kubernetes/pki, readOnly: true}}
    - {{name: runai-identity, mountPath: /etc/kubernetes/runai-identity, readOnly: true}}
  volumes:
  - {{name: k8s-certs, hostPath: {{path: /etc/kubernetes/pki, type: DirectoryOrCreate}}}}
  - {{name: runai-identity, hostPath: {{path: /etc/kubernetes/runai-identity, type: Directory}}}}
"""

WEBHOOK_FLAGS = """\
--authentication-token-webhook-config-file=/etc/kubernetes/runai-identity-webhook.json
--authentication-token-webhook-version=v1
--authentication-token-webhook-cache-ttl=30s
"""

FLAGS = f"""\
--oidc-issuer-url={ISSUER}
--oidc-client-id=runai-gpu-1
--oidc-username-claim=preferred_username
--oidc-username-prefix=runai:
--oidc-groups-claim=groups
--oidc-groups-prefix=runai:
--oidc-signing-algs=RS256,ES256
{WEBHOOK_FLAGS}"""

FILE = f"""\
apiVersion: apiserver.config.k8s.io/v1
kind: AuthenticationConfiguration
jwt:
- issuer:
    url: {ISSUER}
    discoveryURL: {DISCOVERY_URL}
    audiences:
    - runai-gpu-1
  claimMappings:
    username:
      claim: preferred_username
      prefix: "runai:"
    groups:
      claim: groups
      prefix: "runai:"
  userValidationRules:
  - expression: "!user.username.startsWith('system:')"
    message: Kubernetes keeps names in system for itself
"""

WEBHOOK = f"""\
apiVersion: v1
kind: Config
clusters:
- name: runai-identity
  cluster:
    server: {ORIGIN}/api/v1/clusters/{UUID}/tokenreview
users:
- name: gpu-1
  user:
    token: {"s3cret" * 6}
contexts:
- name: runai-identity
  context:
    cluster: runai-identity
    user: gpu-1
current-context: runai-identity
"""

PERSON = f"""\
apiVersion: v1
kind: Config
clusters:
- name: gpu-1
  cluster:
    server: https://gpu-1.example.com:6443
users:
- name: bob
  user:
    exec:
      apiVersion: client.authentication.k8s.io/v1
      command: kubectl
      interactiveMode: IfAvailable
      args:
      - oidc-login
      - get-token
      - --oidc-issuer-url={ISSUER}
      - --oidc-client-id=runai-cli
      - --oidc-use-access-token
      - --oidc-auth-request-extra-params=resource=runai-gpu-1
contexts:
- name: gpu-1
  context:
    cluster: gpu-1
    user: bob
current-context: gpu-1
"""

PLUGIN = f"""\
apiVersion: v1
kind: Config
clusters:
- {{name: gpu-1, cluster: {{server: "https://gpu-1.example.com:6443"}}}}
users:
- name: bob
  user:
    exec:
      apiVersion: client.authentication.k8s.io/v1
      command: runai-identity
      args: [get-token, --cluster, {UUID}]
      env: [{{name: RUNAI_IDENTITY_SERVER, value: "{ORIGIN}"}}]
      interactiveMode: IfAvailable
contexts:
- {{name: gpu-1, context: {{cluster: gpu-1, user: bob}}}}
current-context: gpu-1
"""

POD_SERVED = {"mode": "oidc"}

RIGHT = {"plugin": PLUGIN, "flags": FLAGS, "file": FILE, "webhook": WEBHOOK, "person": PERSON}


def diagnosed(text: str, *, served: dict[str, Any] | None = None, seen: dict[str, Any] | None = None) -> Diagnosis:
    return diagnose(read(text), replace(SERVED, **served or {}), replace(SEEN, **seen or {}))
