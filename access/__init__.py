"""May they: the built-in roles, the tree of scopes, the access rules, the decision and why.

Who somebody is, and how they proved it, is for accounts, sso and tokens.
"""
