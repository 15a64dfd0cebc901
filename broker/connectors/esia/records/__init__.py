"""What ESIA lets us read of a person: its REST resources as typed values, and the walk over its lists.

Owns the shapes of its answers. Refuses to judge what they mean to us.
Called by the ESIA client, which makes an identity of them."""
