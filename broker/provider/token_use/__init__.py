"""What a token is presented for: UserInfo, revocation, introspection."""
