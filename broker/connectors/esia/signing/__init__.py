"""Our side of ESIA's signatures: the keys and certificates that ESIA knows us by, and what signs with them.

Owns the port `Signer` and its implementations. Refuses to know what a request says.
Called by the ESIA client and by whoever shows our certificates."""
