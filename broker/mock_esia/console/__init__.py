"""The developers' side of a stand, by page and by JSON: registered systems, token keys, faults, the journal of requests.

Refuses requests that another site's page sends: a stand on a developer's machine is in reach of every page they open."""
