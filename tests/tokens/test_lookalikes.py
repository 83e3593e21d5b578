"""Names that a program may register: none that people could take for another's on the page that asks them."""

# ruff: noqa: RUF001

import pytest

from tokens.lookalikes import why_misleading

OURS = ("Control plane", "Command line", "runai-cli", "Token API", "runai", "cli")


@pytest.mark.parametrize(
    "name",
    [
        "Grafana",
        "Über Grüße",
        "Café 2",
        "Вики",
        "Ελλάδα",
        "研究 Notebook",
        "東京タワー",
        "데이터 분석",
        "बादल",
        "مختبر",
        "JupyterHub (GPU-2)",
        "argo.cd",
        "O'Reilly",
        "Données & cie",
        "Tōkyō",
        "漢字かなカナ",
        "Лаборатория AI",
        # With a short name of ours, or half of one, in it
        "AWS CLI",
        "Run all tests",
        "Docker client",
        "Journal",
        "Plane tickets",
        "Kubernetes dashboard",
        "Token shop",
    ],
)
def test_names_of_every_language_are_names(name: str) -> None:
    assert why_misleading(name, names_of_ours=OURS) == ""


@pytest.mark.parametrize(
    "name",
    [
        # Letters of another script among those of ours
        "Соmmand line",
        "Command lіne",
        "Grаfana",
        "Cοntrol plane",
        "Gr\u0430f\u0430n\u0430",
        # White space, widths and ligatures
        "Command  line",
        " Command line",
        "Grafana ",
        "Control\u00a0plane",
        "Ｃommand line",
        "Control\u2003plane",
        "ﬁle box",
        "𝐂ontrol plane",
        # The same, with digits and signs for letters, in another case, or without the space
        "C0mmand line",
        "c0ntr0l pIane",
        "COMMAND LINE",
        "Command-Line",
        "Commandline",
        "Command 1ine",
        "Contro| plane",
        "runai-cIi",
        "Runai_CLI",
        "Tоkеn АРI",
        "Cómmand lïne",
    ],
)
def test_a_name_that_looks_like_another_is_refused(name: str) -> None:
    assert why_misleading(name, names_of_ours=OURS)


@pytest.mark.parametrize(
    "around", ["{}", "The {}", "{} app", "Run:ai {}", "{} (official)", "my-{}-2", "{}2", "{} of team X"]
)
@pytest.mark.parametrize("pair", [("", ""), ("m", "rn"), ("l", "1"), ("o", "0"), ("n", "ņ"), ("k", "ƙ"), ("e", "ė")])
@pytest.mark.parametrize("ours", ["Command line", "Control plane", "Token API", "runai-cli", "kubectl"])
def test_no_name_of_ours_stands_in_it_in_any_spelling(ours: str, pair: tuple[str, str], around: str) -> None:
    assert why_misleading(around.format(ours.replace(*pair)), names_of_ours=OURS)


@pytest.mark.parametrize(("ours", "spelled"), [("Swift window", "Svvift vvindow"), ("Redeem", "Recleem"), ("m", "rn")])
def test_pairs_of_letters_that_look_like_one(ours: str, spelled: str) -> None:
    assert why_misleading(spelled, names_of_ours=[ours])
