"""Tests of the keeping of keys over time."""
