"""The token endpoint: each grant proves something, one pipeline asks whether it still holds, one mint issues."""
