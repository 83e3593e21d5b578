"""Make a cluster's RBAC, as a pure function of roles, access rules and the scope tree, and tell how it differs.

It talks to no cluster and no database; `clustersync.services.rbac` reads the rows, the agent applies the objects.
"""
