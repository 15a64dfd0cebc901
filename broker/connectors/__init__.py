"""Upstream identity providers, spoken to over the network.

Owns the port (`Connector`), the frozen `UpstreamIdentity` and the ways an upstream can fail.
Refuses to know our people, our clients and our policy.
Called by login; linking and the console know only its values. Built by the composition root."""
