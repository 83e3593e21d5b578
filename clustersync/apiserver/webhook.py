import base64
import json

from clustersync.apiserver.facts import ClusterFacts

PLACEHOLDER = "<the webhook token, shown once when it was made>"


def webhook_kubeconfig(facts: ClusterFacts, *, token: str = PLACEHOLDER) -> str:
    """Return the file that WEBHOOK_FILE names. It is JSON, which is YAML too, and no quoting can go wrong in it."""
    name = "runai-identity"
    server = {"server": f"{facts.origin}/api/v1/clusters/{facts.uuid}/tokenreview"}
    if facts.public_ca:
        server["certificate-authority-data"] = base64.b64encode(facts.public_ca.encode()).decode()
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": name, "cluster": server}],
        "users": [{"name": facts.name, "user": {"token": token}}],
        "contexts": [{"name": name, "context": {"cluster": name, "user": facts.name}}],
        "current-context": name,
    }
    return json.dumps(config, indent=2)
