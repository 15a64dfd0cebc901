"""Client libraries of ESIA that other people wrote, unchanged but for hosts and keys, against the mock ESIA."""
