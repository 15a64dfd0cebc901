"""Our side of ESIA's signatures: the keys and certificates that ESIA knows us by, and what signs with them.

Owns the port `Signer`, its implementations, and the check of GOST signatures. Refuses to know what a request says.
Called by the ESIA client, by whoever checks what ESIA signed, and by whoever shows our certificates."""
