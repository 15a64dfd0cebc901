"""Owns: the pages of developers of connected services: their services, the questions of a new one, the sign-in test, the log of
sign-ins and the reference of causes.

Refuses to know: names, SNILS and addresses of people; other organisations' services.
Called by: developers in a browser, who sign in as everybody does; anybody for the reference of causes.
"""
