"""Application Auto Scaling.

What moto gets wrong: it has no ListTagsForResource, TagResource and UntagResource; Terraform asks for the
tags of every scalable target and retries the failure for minutes.
"""

import json
from typing import Any

from moto.applicationautoscaling.responses import ApplicationAutoScalingResponse


def apply() -> None:
    """Add the three operations, and keep the tags given when a target is registered."""
    stock = ApplicationAutoScalingResponse.register_scalable_target

    def register_scalable_target(self: Any) -> Any:
        answer = stock(self)
        given = self._get_param("Tags")
        if given:
            _tags(self, json.loads(answer)["ScalableTargetARN"]).update(given)
        return answer

    ApplicationAutoScalingResponse.register_scalable_target = register_scalable_target
    ApplicationAutoScalingResponse.list_tags_for_resource = _list_tags
    ApplicationAutoScalingResponse.tag_resource = _tag
    ApplicationAutoScalingResponse.untag_resource = _untag


def _tags(response: Any, arn: str | None = None) -> dict[str, str]:
    backend = response.applicationautoscaling_backend
    by_arn = backend.__dict__.setdefault("tags_by_arn", {})
    found: dict[str, str] = by_arn.setdefault(arn or response._get_param("ResourceARN"), {})
    return found


def _list_tags(self: Any) -> str:
    return json.dumps({"Tags": _tags(self)})


def _tag(self: Any) -> str:
    _tags(self).update(self._get_param("Tags"))
    return "{}"


def _untag(self: Any) -> str:
    for key in self._get_param("TagKeys", []):
        _tags(self).pop(key, None)
    return "{}"
