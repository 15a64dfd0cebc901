"""OpenID Shared Signals Framework 1.0, CAEP 1.0, RISC 1.0, RFC 8417, RFC 8935, RFC 8936."""

from __future__ import annotations

from tests.conformance.table import Requirement
from tests.journeys import test_shared_signals as journey
from tests.rooms.provider import test_signals as signals
from tests.rooms.signout import test_run_out as run_out

REQUIREMENTS = (
    Requirement("SSF 1.0, 7.1", "transmitter configuration", signals.test_what_the_transmitter_says_of_itself),
    Requirement("SSF 1.0, 8.1.1", "create, read, update, replace, delete; a second stream is a conflict",
                signals.test_a_stream_is_made_read_changed_and_removed),
    Requirement("SSF 1.0, 8.1.1", "unsound configurations are refused", signals.test_what_is_not_sound_is_refused),
    Requirement("SSF 1.0, 8.1.1.3", "what the transmitter decides cannot be set", signals.test_what_is_ours_cannot_be_changed),
    Requirement("SSF 1.0, 8.1.2", "paused keeps, disabled forgets",
                signals.test_a_paused_stream_keeps_and_a_disabled_one_forgets),
    Requirement("SSF 1.0, 8.1.3", "subjects are removed and added", signals.test_somebody_is_left_out_and_let_in),
    Requirement("SSF 1.0, 8.1.4", "verification, not too often", signals.test_verification),
    Requirement("SSF 1.0, 9", "a token with the scope, of the service itself",
                signals.test_only_a_token_of_the_service_itself_opens),
    Requirement("SSF 1.0, 9", "streams of others are not there", signals.test_nobody_reaches_a_stream_of_another),
    Requirement("SSF 1.0, 10", "only of people the service may know", signals.test_only_of_people_the_service_may_know),
    Requirement("RFC 8417, 2.2", "typ, iss, aud, jti, events; nothing of an ID token", signals.test_an_ended_session),
    Requirement("CAEP 1.0, 3.1", "session-revoked names person and session", signals.test_an_ended_session),
    Requirement("CAEP 1.0, 3.1", "session-revoked also when a session merely runs out",
                run_out.test_services_are_told_once_by_however_many_workers),
    Requirement("CAEP 1.0, 3.3", "credential-change", signals.test_what_happens_to_a_person),
    Requirement("RISC 1.0, 2.3", "account-disabled and account-enabled", signals.test_what_happens_to_a_person),
    Requirement("RFC 8935, 2", "pushed with the receiver's header, tried again", journey.test_pushed),
    Requirement("RFC 8936, 2.4", "ack, setErrs, maxEvents, moreAvailable", signals.test_what_is_not_taken_comes_again),
    Requirement("RFC 8936, 2.2", "a long poll has a time-out of zero: it answers at once",
                signals.test_a_long_poll_answers_at_once),
    Requirement("RFC 8936, 2.4", "fetched over HTTP", journey.test_fetched),
)  # fmt: skip
