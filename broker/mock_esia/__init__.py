"""A stand-in for ESIA (Gosuslugi): its requests, signatures, tokens, person data and errors, played by invented people.

Owns its people, its own keys and its pages. Refuses to know anything of the broker: no import, no shared code, no shared store.
Called over HTTP only, by the ESIA connector and by browsers, and only where the environment is development or test."""
