"""The commands."""

from deployment.lazy_commands import Commands, LazyCommands

_COMMANDS: Commands = {
    "up": ("jobctl.commands.local", "Start the local stack."),
    "down": ("jobctl.commands.local", "Drain and end the local stack."),
    "status": ("jobctl.commands.local", "Say what of the local stack runs."),
    "demo": ("jobctl.commands.demo", "Start a stack, send one trigger through it, stop."),
    "example": ("jobctl.commands.example", "Start a stack of examples/ here."),
    "send": ("jobctl.commands.send", "Send triggers."),
    "load": ("jobctl.commands.load", "Send triggers at a schedule, see them to their end, report."),
    "show": ("jobctl.commands.show", "Show a job, both stages."),
    "queues": ("jobctl.commands.queues", "Show the depth and age of the queues."),
    "dlq": ("jobctl.commands.dlq", "Dead letters: list, show, reconcile, replay, drop."),
    "logs": ("jobctl.commands.logs", "Show the log lines of a service or a job."),
    "lab": ("jobctl.commands.lab", "Break consumers on purpose, and see that the contract holds."),
    "plan": ("jobctl.commands.roots", "Plan a Terraform root: shared, dev, staging or prod."),
    "apply": ("jobctl.commands.roots", "Apply a Terraform root, after Terraform has asked."),
    "info": ("jobctl.commands.info", "Say what an environment looks like now."),
    "update": ("jobctl.commands.roots", "Deploy the commit that is checked out, from here."),
    "destroy": ("jobctl.commands.destroy", "Destroy an environment, once its name is typed."),
}

cli = LazyCommands(_COMMANDS, name="jobctl", help="Run the local stack, send triggers, follow jobs.")
