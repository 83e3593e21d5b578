from runai_identity.management.refused import RefusedCommand


class Command(RefusedCommand):
    help = "Switched off: bootstrap makes the first administrator, and resetadmin another one."
    instead = (
        "manage.py bootstrap makes the first administrator; manage.py resetadmin EMAIL makes anybody one, with a"
        " temporary password that it prints."
    )
