"""What reads the SAML that other people wrote, and what signs ours: all that talks to an XML library.

It runs in a process of its own, which `sso.saml.sandbox` starts and bounds. It imports no Django, no settings and no
database, and can open nothing.
"""
