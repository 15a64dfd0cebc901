"""Owns: how services register themselves (RFC 7591), read, change and withdraw that (RFC 7592), and what waits for a registrar.

Refuses to know: what a sound registration is (clients says so), people, tokens and sign-ins.
Called by services' developers, over HTTP; by the console for what opens it, and for approvals.
"""
