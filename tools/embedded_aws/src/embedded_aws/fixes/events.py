"""EventBridge: rules write to log groups as on AWS.

Stock moto makes a log stream for each event, which here would use up the rate of CreateLogStream, and fails
PutEvents where the log group of some rule is gone.
"""

import json
import time
import uuid
from datetime import UTC, datetime
from typing import Any

from moto.events.models import Rule
from moto.logs.models import logs_backends

from embedded_aws.one_at_a_time import turn_of


def apply() -> None:
    """Change moto's rules in place."""
    Rule._send_to_cw_log_group = send_to_log_group


def send_to_log_group(self: Any, name: str, event: dict[str, Any]) -> None:
    """Put an event into the group, in a stream of this rule; what a target does not take is dropped."""
    moment = datetime.fromtimestamp(event["time"], UTC)
    message = json.dumps({**event, "time": moment.isoformat(timespec="seconds").replace("+00:00", "Z")})
    stream = self.__dict__.setdefault("log_stream", str(uuid.uuid4()))
    backend = logs_backends[self.account_id][self.region_name]
    with turn_of("logs"):
        group = backend.groups.get(name)
        if group is None:
            return
        if stream not in group.streams:
            group.create_log_stream(stream)
        backend.put_log_events(name, stream, [{"timestamp": int(time.time() * 1000), "message": message}])
