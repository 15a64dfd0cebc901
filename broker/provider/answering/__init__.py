"""The authorization endpoint's answers: to the client, or on our own page."""
