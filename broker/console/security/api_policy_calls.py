"""The calls of the JSON API about rules of regions; a part of api_calls.py."""

from __future__ import annotations

from typing import Final

from broker.console.rights import Action
from broker.console.security.api_call import Call

POLICY_CALLS: Final[tuple[Call, ...]] = (
    Call("policy", "GET", "/policy", Action.SEE_POLICY, lambda asked: asked.room.policy.regions()),
    Call(
        "compare_policy", "POST", "/policy/compare", Action.SIMULATE_POLICY,
        lambda asked: asked.room.policy.compare(asked.word("rules"), asked.word_or("on")),
    ),
    Call("policy_drafts", "GET", "/policy/drafts", Action.SEE_POLICY, lambda asked: asked.room.policy.drafts()),
    Call(
        "plan_policy", "POST", "/policy/drafts", Action.PLAN_POLICY,
        lambda asked: asked.room.policy.plan(asked.word("rules"), asked.actor),
    ),
    Call(
        "policy_draft", "GET", "/policy/drafts/<digest>", Action.SEE_POLICY,
        lambda asked: asked.room.policy.draft(asked.about["digest"]),
    ),
    Call(
        "agree_policy", "POST", "/policy/requests/<request_id>/agree", Action.CONFIRM_REQUEST,
        lambda asked: asked.room.policy.agree(asked.about["request_id"], asked.actor),
    ),
)  # fmt: skip
