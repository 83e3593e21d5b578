"""Single sign-on: this service is the client of an identity provider, by SAML or OpenID Connect.

The app identifies the user and keeps their account and groups in step with the directory. It issues no token and
decides no access.
"""
