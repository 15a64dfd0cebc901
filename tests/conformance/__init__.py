"""What each standard demands, and the test that shows it: one module a standard, each with a table `REQUIREMENTS`."""
