"""What services must be told over HTTP, kept until they have answered.

Owns the queue of deliveries, the threads that carry them and what became of each. Refuses to know what is said: a body is written
by whoever put the delivery, at the moment it is sent, so a token in it is never old.
Called by signout and signals (put), provider, custody and console (show); carried by the workers."""
