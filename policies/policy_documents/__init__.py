"""What policies read: plans of Terraform and workflows of GitHub, without anything of checkov."""
