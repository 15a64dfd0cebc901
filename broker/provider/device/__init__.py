"""Devices without a browser: the endpoint they ask at, and the pages where a person types a code and answers (RFC 8628)."""
