"""Coverage watches only the tests that are there to reach every branch of the guarded rooms (tests/coverage_gate.py).

Watching makes every line of Python twice as dear, whichever file it is in, so everything else runs unwatched. The gate can only
become stricter by it: it may miss a branch that an unwatched test reaches, never the other way round.
"""

from __future__ import annotations

import os
from typing import Final

from coverage import Coverage

WATCHED: Final = (
    "tests/contracts/",
    "tests/rooms/policy/",
    "tests/rooms/linking/",
    "tests/rooms/tokens/",
    "tests/rooms/provider/",
    "tests/rooms/limits/",
    "tests/rooms/cases/",
    "tests/rooms/keys/",
    "tests/rooms/custody/test_key_moves.py",
    "tests/rooms/config/",
    "tests/rooms/console/test_case_actions.py",
    "tests/rooms/console/test_client_actions.py",
    "tests/rooms/console/test_emergency_actions.py",
    "tests/rooms/console/test_hsm_actions.py",
    "tests/rooms/console/test_key_actions.py",
    "tests/rooms/console/test_key_history.py",
    "tests/rooms/console/test_people_actions.py",
    "tests/rooms/console/test_planned_actions.py",
    "tests/rooms/console/test_policy_desk.py",
    "tests/rooms/console/test_reading_actions.py",
    "tests/rooms/console/test_school_access.py",
    "tests/rooms/console/test_school_fixes.py",
    "tests/rooms/console/test_school_merges.py",
    "tests/rooms/console/test_secret_actions.py",
    "tests/rooms/console/test_staff_actions.py",
    "tests/rooms/registration/",
    "tests/rooms/signout/",
    "tests/journeys/test_devices.py",
    "tests/journeys/test_linking_by_proof.py",
    "tests/journeys/test_linking_conflicts.py",
    "tests/journeys/test_requests_of_services.py",
    "tests/journeys/test_school_data.py",
    "tests/journeys/test_sign_out_everywhere.py",
    "tests/journeys/test_step_up.py",
)
# Programs that a test starts are watched when it is there.
_OF_CHILDREN: Final = "COVERAGE_PROCESS_CONFIG"


class Watch:
    """Coverage of this process, as it was begun by `coverage run`; nothing where it was not."""

    def __init__(self) -> None:
        self._coverage = Coverage.current()
        self._of_children = os.environ.get(_OF_CHILDREN, "")
        self._watches = self._coverage is not None

    def turn_to(self, nodeid: str) -> None:
        """Watch this test, or look away."""
        wanted = nodeid.startswith(WATCHED)
        if self._coverage is None or wanted == self._watches:
            return
        self._watches = wanted
        if wanted:
            self._coverage.start()
            os.environ[_OF_CHILDREN] = self._of_children
        else:
            self._coverage.stop()
            os.environ.pop(_OF_CHILDREN, None)
