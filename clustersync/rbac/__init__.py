"""What a cluster's RBAC should be, as a pure function of roles, access rules and the scope tree, and how it differs.

It talks to no cluster and no database; `clustersync.services.rbac` reads the rows, the agent applies the objects.
"""
