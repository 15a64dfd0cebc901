"""Every counter and histogram, named once, and the page that shows them.

Owns the Prometheus registry, safe with several worker processes.
Refuses to know who is counted: no personal data, no identifiers in labels.
Called by the HTTP rooms and the composition root."""
