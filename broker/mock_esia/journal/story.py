"""What the running request has to tell: its client, its refusal, and sentences for a developer."""

from __future__ import annotations

from dataclasses import dataclass, field

from flask import g, has_request_context


@dataclass(slots=True)
class Story:
    """One request while it runs. `code` is ESIA's code of a refusal."""

    client: str = ""
    code: str = ""
    sentences: list[str] = field(default_factory=list)


def story() -> Story:
    """The story of the running request; one that nobody reads, outside a request."""
    if not has_request_context():
        return Story()
    if "story" not in g:
        g.story = Story()
    found: Story = g.story
    return found


def say(sentence: str) -> None:
    """Add a sentence for the developer. No secret, code or token may be in it."""
    if sentence and sentence not in story().sentences:
        story().sentences.append(sentence)
