"""Where private halves live and signatures are made: in this program, or in a hardware module.

Owns the making of keys and of signatures, and the sessions with a module. Refuses to know the life of a key and what is signed.
Called by signing; by opening and the readiness check for keys in software."""
