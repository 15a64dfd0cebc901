"""Keys that services encrypt to, and that open what they sent (JWE).

Owns the decryption keys and their life. Refuses to know what is inside what it opens.
Called by the vault; by tokens, which keeps them fresh and opens with them."""
