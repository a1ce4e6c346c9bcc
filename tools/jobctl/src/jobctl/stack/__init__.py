"""The local stack: the embedded AWS, Terraform's two roots applied to it, the agent that runs services."""
