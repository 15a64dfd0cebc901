"""Shared Signals over HTTP: services manage their stream and fetch what waits in it."""
