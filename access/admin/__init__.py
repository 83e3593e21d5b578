"""The admin pages of access rules and the tree, of what each role may do, and of why. Writes go through the verbs."""

from access.admin import rules, tree

__all__ = ["rules", "tree"]
