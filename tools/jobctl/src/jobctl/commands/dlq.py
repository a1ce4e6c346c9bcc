"""`jobctl dlq`: its commands."""

from deployment.lazy_commands import Commands, LazyCommands

_COMMANDS: Commands = {
    "list": ("jobctl.commands.dlq_list", "Show the letters by reason and job type."),
    "show": ("jobctl.commands.dlq_show", "Show letters whole."),
    "reconcile": ("jobctl.commands.dlq_reconcile", "Tell the ledger what SQS moved by itself."),
    "replay": ("jobctl.commands.dlq_replay", "Send letters back."),
    "drop": ("jobctl.commands.dlq_drop", "Save letters to a file and delete them."),
}

dlq = LazyCommands(_COMMANDS, name="dlq", help="The dead letters of both queues. Reading loses none.")
"""The group."""
