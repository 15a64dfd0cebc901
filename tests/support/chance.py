"""Nothing is left to chance: the same invented values in every run, and nobody counts the milliseconds of a busy machine."""

from __future__ import annotations

from hypothesis import HealthCheck, settings


def leave_nothing_to_chance() -> None:
    """Values are drawn from the test itself (`derandomize`); `pytest --hypothesis-profile=default` draws new ones.

    To be called before any module of tests is read: what is decorated keeps the settings of that moment.
    """
    settings.register_profile(
        "house", deadline=None, derandomize=True, database=None, print_blob=True, suppress_health_check=[HealthCheck.too_slow]
    )
    settings.load_profile("house")
