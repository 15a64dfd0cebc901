"""The history of the tables: one script a step, in `versions/`; run by `broker.storage.migrate`."""
