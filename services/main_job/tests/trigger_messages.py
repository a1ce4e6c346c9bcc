"""Messages on the trigger queue, as the adapter sees them."""

import json
from dataclasses import dataclass, field
from typing import Any

MESSAGE_ID = "0f6c8a1e-3f6b-4d7e-9a61-3d1c0c1f7a55"
SENT_AT_MS = 1_780_000_000_123


@dataclass(frozen=True)
class TriggerMessage:
    """What the adapter needs of a queue_worker.Message."""

    body: str
    message_id: str = MESSAGE_ID
    sent_at_ms: int = SENT_AT_MS
    attributes: dict[str, str] = field(default_factory=dict)


def trigger_message(**keys: Any) -> TriggerMessage:
    """A message whose body is `{"trigger": "api_call"}` and these keys."""
    return TriggerMessage(json.dumps({"trigger": "api_call", **keys}))
