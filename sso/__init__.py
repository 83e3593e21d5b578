"""Single sign-on: here we are the client of somebody else's identity provider, by SAML or OpenID Connect.

It finds out who somebody is, and keeps their account and groups as the directory says; it issues no token and decides
no access.
"""
