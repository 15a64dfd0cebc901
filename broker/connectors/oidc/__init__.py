"""Any OpenID Provider as an upstream: discovery, code flow with PKCE, ID token, UserInfo, claims by a mapping of the operator.

Owns OpenID Connect as a relying party speaks it. Refuses to know ESIA, which departs from it, and what a claim is worth beyond
what the settings say.
Called through the port in `broker/connectors/port.py`."""
