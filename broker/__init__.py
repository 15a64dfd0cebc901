"""Школьный вход (School Sign-in): an OpenID Provider that signs schools in through ESIA."""

__version__ = "0.1.0"
