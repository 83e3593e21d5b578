"""Every block of commands on a page is typed, or held to what is sent, by a test that is named here."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BLOCK = re.compile(r"^ *```(?:sh|console)\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)

README = "tests/system/test_readme.py::test_it_prints_what_it_says"
FIRST_CLUSTER = "tests/system/test_first_cluster.py::test_it_ends_at_pods"
APPLICATIONS = "tests/contract/test_documented_commands.py::test_applications_are_registered_as_the_page_says"
KUBELOGIN = "tests/clustersync/test_kubelogin.py::test_the_docs_say_what_the_kubeconfig_says"
TLS = "tests/start/test_tls_of_a_local_start.py"
PAGES = "tests/backup/test_pages.py"
CLI = "tests/cli/test_getting_it.py::test_it_installs_from_a_checkout_as_the_page_says"
MANIFEST = "tests/system/test_agent_rights.py::test_the_rights_in_its_manifest_are_enough_and_lacking_them_is_said"
CONSOLE = "tests/clustersync/test_syncing_at_the_console.py::test_it_only_shows_what_it_would_do"

UPGRADES = "tests/upgrades/test_upgrade_page.py"

# The page, and a word by which each of its blocks is known → the test.
HELD = {
    ("README.md", "make run"): "tests/start/test_make_run.py::test_it_serves_a_sign_in_page_from_an_empty_folder",
    ("README.md", ""): README,
    ("CHANGELOG.md", "migrate accounts"): f"{UPGRADES}::test_the_changelog_leads_back_and_loses_nothing",
    ("docs/reliability.md", "git pull"): f"{UPGRADES}::test_the_page_upgrades_a_checkout",
    ("docs/observe.md", "METRICS_TOKEN"): "tests/start/test_metrics_of_a_server.py::test_it_is_asked_as_the_page_says",
    ("cli/README.md", ""): CLI,
    (
        "docs/agent.md",
        "agent?image",
    ): "tests/system/test_agent_rights.py::test_the_rights_in_its_manifest_are_enough_and_lacking_them_is_said",
    (
        "docs/agent.md",
        "syncclusters",
    ): "tests/clustersync/test_syncing_at_the_console.py::test_it_only_shows_what_it_would_do",
    ("docs/agent.md", "kubectl label"): FIRST_CLUSTER,
    ("docs/api.md", "If-Match"): (
        "tests/contract/test_documented_commands.py::test_an_application_is_changed_as_it_was_read"
    ),
    ("docs/api.md", ""): "tests/contract/test_documented_commands.py::test_the_api_is_asked_as_the_page_says",
    ("docs/applications.md", "oidc-login setup"): (
        "tests/clustersync/test_kubelogin.py::test_a_cluster_with_the_platforms_flags_takes_the_id_token_of_its_client"
    ),
    ("docs/applications.md", "oidc-login get-token"): KUBELOGIN,
    ("docs/applications.md", "oidc-gen"): (
        "tests/relying_party/test_oidc_agent.py::test_it_gets_tokens_by_a_device_code_and_goes_on_getting_them"
    ),
    ("docs/applications.md", "curl"): APPLICATIONS,
    ("docs/backup.md", 'ARGS="backup'): f"{PAGES}::test_the_page_on_backups_restores_what_it_backed_up",
    ("docs/backup.md", 'ARGS="restore'): f"{PAGES}::test_the_page_on_backups_restores_what_it_backed_up",
    ("docs/backup.md", "before-postgresql"): f"{PAGES}::test_it_moves_to_postgresql",
    ("docs/disaster.md", "LOST"): f"{PAGES}::test_a_lost_database_comes_back",
    ("docs/disaster.md", "safe/"): f"{PAGES}::test_a_lost_machine_comes_back",
    ("docs/disaster.md", "after-the-loss"): f"{PAGES}::test_without_the_keys_there_are_tokens_again",
    ("docs/disaster.md", "> data/secrets/secret_key"): f"{PAGES}::test_without_the_secret_key_browsers_are_signed_out",
    ("docs/disaster.md", "new_key"): f"{PAGES}::test_leaked_keys_open_nothing_that_is_made_later",
    ("docs/cli.md", "pip install"): CLI,
    ("docs/cli.md", ""): FIRST_CLUSTER,
    ("docs/clusters.md", ""): FIRST_CLUSTER,
    ("docs/debian.md", ""): "tests/deploy/test_debian.py::test_everything_on_the_page_works_on_an_empty_machine",
    ("docs/deploy.md", "secrets/secret_key\n"): (
        "tests/deploy/test_page.py::test_the_secrets_it_makes_are_those_that_the_server_takes"
    ),
    ("docs/deploy.md", "systemctl"): "tests/deploy/test_page.py::test_systemd_finds_no_fault_in_the_unit",
    ("docs/deploy.md", "podman compose"): "tests/deploy/test_page.py::test_compose_finds_the_files_that_it_makes",
    (
        "docs/deploy.md",
        "podman build",
    ): "tests/deploy/test_image.py::test_it_serves_people_clusters_and_the_command_line",
    ("docs/deploy.md", "helm install identity "): (
        "tests/deploy/test_page.py::test_the_chart_reads_the_secrets_that_it_makes"
    ),
    ("docs/deploy.md", "helm install identity-agent"): (
        "tests/deploy/test_charts.py::test_filled_in_it_is_the_manifest_of_the_clusters_page"
    ),
    ("docs/doctor.md", "doctor --cluster"): "tests/cli/test_doctor.py::test_it_names_file_and_line_of_what_to_change",
    ("docs/tls.md", "TLS_CERT"): f"{TLS}::test_it_starts_as_the_page_says",
    ("docs/tls.md", "BIND"): f"{TLS}::test_it_is_for_the_address_that_people_use",
    ("docs/tls.md", "make certificate"): FIRST_CLUSTER,
}


def test_every_block_is_held() -> None:
    pages = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), ROOT / "cli/README.md"]
    blocks = [(str(page.relative_to(ROOT)), block) for page in pages for block in BLOCK.findall(page.read_text())]

    assert [block for page, block in blocks if not any(page == at and word in block for at, word in HELD)] == []


def test_every_test_named_exists() -> None:
    named = [test.split("::") for test in HELD.values()]

    assert [f"{file}::{name}" for file, name in named if f"def {name}(" not in (ROOT / file).read_text()] == []
