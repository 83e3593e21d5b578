from runai_identity.management.refused import RefusedCommand


class Command(RefusedCommand):
    help = "Switched off: applications are registered in the admin or by POST /api/v1/apps."
    instead = "Register applications in the admin (Applications > Add) or by POST /api/v1/apps."
