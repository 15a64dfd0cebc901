"""Faults on demand, armed per request or per client: what ESIA has been seen to do wrong, and what it must not be forgiven."""
