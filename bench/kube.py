"""RBAC and namespaces of many API servers in one small program: `python -m bench.kube PORT FOLDER`.

It lists, with pages, and takes what is applied; nothing is checked. What a cluster held at the start stands in the
folder: for each resource a JSON file with one object in each line.
"""

import json
import sys
from collections.abc import Iterable
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import parse_qs, urlsplit

API_VERSION = "rbac.authorization.k8s.io/v1"
RESOURCES = {
    "ClusterRole": "clusterroles",
    "ClusterRoleBinding": "clusterrolebindings",
    "RoleBinding": "rolebindings",
    "Namespace": "namespaces",
}


def kept(manifest: dict[str, Any]) -> str:
    """An object as an API server lists it, which adds to what was applied."""
    facts = {
        "uid": "00000000-0000-4000-8000-000000000000",
        "resourceVersion": "1",
        "creationTimestamp": "2026-01-01T00:00:00Z",
        "managedFields": [
            {
                "manager": "runai-identity",
                "operation": "Apply",
                "apiVersion": API_VERSION,
                "time": "2026-01-01T00:00:00Z",
                "fieldsType": "FieldsV1",
                "fieldsV1": {"f:metadata": {"f:annotations": {}, "f:labels": {}}, "f:roleRef": {}, "f:subjects": {}},
            }
        ],
    }
    bare = {name: value for name, value in manifest.items() if name not in ("apiVersion", "kind")}
    return json.dumps(bare | {"metadata": manifest["metadata"] | facts})


class APIServers(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    folder: ClassVar[Path]

    def do_GET(self) -> None:
        address = urlsplit(self.path)
        _, cluster, *_, resource = address.path.split("/")
        asked = parse_qs(address.query)
        start, limit = int(asked.get("continue", ["0"])[0]), int(asked["limit"][0])
        objects = held(self.folder, cluster, resource)
        following = str(start + limit) if start + limit < len(objects) else ""
        metadata = json.dumps({"resourceVersion": "1", "continue": following})
        page = ",".join(objects[start : start + limit])
        version = "v1" if resource == "namespaces" else API_VERSION
        self._answer(f'{{"apiVersion":"{version}","kind":"List","metadata":{metadata},"items":[{page}]}}')

    def do_PATCH(self) -> None:
        _, cluster, *_, resource, _name = urlsplit(self.path).path.split("/")
        self._keep(cluster, resource)

    def do_POST(self) -> None:
        _, cluster, *_, resource = urlsplit(self.path).path.split("/")
        self._keep(cluster, resource)

    def _keep(self, cluster: str, resource: str) -> None:
        applied = kept(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        held(self.folder, cluster, resource).append(applied)
        self._answer(applied)

    def _answer(self, body: str) -> None:
        sent = body.encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(sent)))
        self.end_headers()
        self.wfile.write(sent)

    def log_message(self, *facts: object) -> None:
        """Nobody reads it."""


@cache
def held(folder: Path, cluster: str, resource: str) -> list[str]:
    file = folder / cluster / resource
    return file.read_text().splitlines() if file.exists() else []


def plant(folder: Path, cluster: str, manifests: Iterable[dict[str, Any]]) -> None:
    """What a cluster holds at the start."""
    by_resource: dict[str, list[str]] = {}
    for manifest in manifests:
        by_resource.setdefault(RESOURCES[manifest["kind"]], []).append(kept(manifest))
    (folder / cluster).mkdir(parents=True)
    for resource, objects in by_resource.items():
        (folder / cluster / resource).write_text("\n".join(objects))


def main() -> None:
    port, folder = sys.argv[1:]
    APIServers.folder = Path(folder)
    ThreadingHTTPServer(("127.0.0.1", int(port)), APIServers).serve_forever()


if __name__ == "__main__":
    main()
