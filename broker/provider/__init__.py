"""The OpenID Provider: every endpoint a relying party speaks to.

Owns the protocol, carried by Authlib; no other room sees an Authlib type.
Refuses to know how a person signs in; it asks login.
Called over HTTP by relying parties and browsers."""
