"""Brings a cluster's RBAC to what access rules say, and reports what became of each rule.

It runs beside the server or in the cluster; it imports no Django, so that it needs neither database nor settings there.
"""
