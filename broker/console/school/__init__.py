"""The school's console over HTTP, at /school/…: staff see and mend the cards of their own school, and nothing else.

Owns who may come in, the addresses, and what becomes a page. Refuses to know other schools: every address works on the cards
that the entrance has opened. Called by school administrators.
"""
