"""The Terraform roots: which there are, whose account they are for, running Terraform, the outputs."""
