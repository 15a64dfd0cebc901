"""Bytes from outside, a million times: `python -m tests.fuzz --tries 1000000`; guided by coverage: `--guided DOOR`."""
