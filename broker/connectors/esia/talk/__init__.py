"""Speaking to ESIA's servers: requests sent, answers read, and what its errors mean to a person of ours.

Owns the classes of trouble. Refuses to know who the person is.
Called by the ESIA client and by whoever asks whether ESIA answers."""
