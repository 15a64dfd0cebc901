"""Owns: provisioning by the diary: SCIM 2.0 (RFC 7643, RFC 7644) at /scim/v2, and the tokens that open it.

Refuses to know: how a card is kept or found; every change goes through the directory and its checks.
Called by diaries' own systems, over HTTP; by the console for what opens it.
"""
