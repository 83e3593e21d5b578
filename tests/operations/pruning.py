from io import StringIO

from django.core.management import call_command


def prune(*options: str) -> dict[str, int]:
    """How many of each kind the command says it cleared away."""
    out = StringIO()
    call_command("prune", *options, stdout=out)
    return {name: int(count) for name, count in (line.split(": ") for line in out.getvalue().splitlines())}
