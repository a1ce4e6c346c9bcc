"""The commands."""

from deployment.lazy_commands import Commands, LazyCommands

_COMMANDS: Commands = {
    "build": ("pipeline.commands.build", "Build the images as OCI archives."),
    "cost": ("pipeline.commands.cost", "Say what a plan costs a month at rest, before and after."),
    "release": ("pipeline.commands.release", "Print a commit's images, and which the registry has."),
}

cli = LazyCommands(_COMMANDS, name="pipeline", help="Release, plan, review, deploy.")
