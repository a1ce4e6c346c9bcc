# A root without services and without a provider to start, so that a deploy takes a second. Its alarms are stand-ins:
# making one runs what PROVISION says, which may fail or take its time.
terraform {
  required_version = ">= 1.11"
}

resource "terraform_data" "alarm" {
  for_each = var.thresholds

  input = each.value

  provisioner "local-exec" {
    command = "eval \"$PROVISION\""
  }
}

resource "terraform_data" "token" {
  input = var.token
}
