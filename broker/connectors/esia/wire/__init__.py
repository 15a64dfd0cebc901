"""What a request to ESIA says, byte for byte: both generations, their parameters, what is signed and in which order.

Owns the forms of requests. Refuses to send one and to read an answer.
Called by the ESIA client."""
