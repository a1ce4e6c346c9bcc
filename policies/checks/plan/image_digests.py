"""A tag can be moved: the image that was scanned and reviewed would not be the one that runs."""

import re

from plan_policy import PlanPolicy
from policy_documents.containers import containers
from policy_documents.plan import Plan, Resource

_BY_DIGEST = re.compile(r"[^@\s]+@sha256:[0-9a-f]{64}")


class ImagesAreNamedByDigest(PlanPolicy):
    """Holds for every container of every task definition."""

    id = "CKV_JOBS_5"
    sentence = "Containers name their image by digest"
    resource_types = ("aws_ecs_task_definition",)

    def reasons(self, resource: Resource, plan: Plan) -> list[str]:
        """Looks at each container's image."""
        return [
            f"container {container.name} runs {container.definition.get('image')!r}; "
            "name it as <repository>@sha256:<64 hexadecimal digits>"
            for container in containers(resource)
            if not _BY_DIGEST.fullmatch(str(container.definition.get("image")))
        ]


ImagesAreNamedByDigest()
