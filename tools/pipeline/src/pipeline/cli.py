"""The commands."""

from deployment.lazy_commands import Commands, LazyCommands

_COMMANDS: Commands = {
    "build": ("pipeline.commands.build", "Build the images as OCI archives."),
    "plan": ("pipeline.commands.plan", "Plan a root for review: summary, record, plan without secrets."),
    "compare": ("pipeline.commands.compare", "Say whether a plan stays within what was reviewed."),
    "cost": ("pipeline.commands.cost", "Say what a plan costs a month at rest, before and after."),
    "release": ("pipeline.commands.release", "Print a commit's images, and which the registry has."),
    "settings": ("pipeline.commands.settings", "Print what infra/envs/product.json sets, for workflows."),
}

cli = LazyCommands(_COMMANDS, name="pipeline", help="Release, plan, review, deploy.")
