"""The stand's people and what they let clients read: accounts, levels, children, documents, and the REST addresses below /rs.

Refuses to hand out a field whose scope was not granted."""
