"""The commands."""

from deployment.lazy_commands import Commands, LazyCommands

_COMMANDS: Commands = {
    "bootstrap": ("pipeline.commands.bootstrap", "Day 1 in an account, once, by an administrator."),
    "build": ("pipeline.commands.build", "Build the images as OCI archives."),
    "plan": ("pipeline.commands.plan", "Plan a root for review: summary, record, plan without secrets."),
    "drift": ("pipeline.commands.drift", "Say whether a root still is as main says."),
    "compare": ("pipeline.commands.compare", "Say whether a plan stays within what was reviewed."),
    "apply": ("pipeline.commands.apply", "Deploy to a root what was reviewed, and see it work."),
    "smoke": ("pipeline.commands.smoke", "Send a synthetic trigger; its job must succeed in time."),
    "save-state": ("pipeline.commands.save_state", "Save a state that an apply could not save."),
    "cost": ("pipeline.commands.cost", "Say what a plan costs a month at rest, before and after."),
    "publish": ("pipeline.commands.publish", "Build and push the images that the registry lacks."),
    "release": ("pipeline.commands.release", "Print a commit's images, and which the registry has."),
    "verify": ("pipeline.commands.verify", "Fail unless main's workflow built a release's images."),
    "settings": ("pipeline.commands.settings", "Print what infra/envs/product.json sets, for workflows."),
    "find-record": ("pipeline.commands.find_record", "Find what a pull request's review recorded."),
    "reviewed": (
        "pipeline.commands.reviewed",
        "Say whether a plan was reviewed, and which record to apply by.",
    ),
    "approved": ("pipeline.commands.approved", "Fail unless a person has approved what nobody reviewed."),
    "comment": ("pipeline.commands.comment", "Show a plan in a pull request."),
    "drift-issue": ("pipeline.commands.drift_issue", "Tell of drift in one issue."),
    "load-check": ("pipeline.commands.load_check", "Fail unless a job may test the load like this."),
    "load-approved": ("pipeline.commands.load_approved", "Fail unless a person has approved a load test."),
    "load-test": ("pipeline.commands.load_test", "Test the load, and compare with the stored baseline."),
    "import-blocks": (
        "pipeline.commands.import_blocks",
        "Write import blocks for a root whose state is lost.",
    ),
    "gate": ("pipeline.commands.gate", "Fail unless every job of a run passed or was rightly left out."),
}

cli = LazyCommands(_COMMANDS, name="pipeline", help="Release, plan, review, deploy.")
