"""Reads SAML from strangers and signs our messages: the only package that uses an XML library.

It runs in its own process, which `sso.saml.sandbox` starts and limits. It imports no Django, settings or database, and
can open nothing.
"""
