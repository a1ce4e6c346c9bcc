variable "location" {
  description = "Where the resources live; ARNs and URLs are built from it and from names, so that a first plan knows them."
  type = object({
    account_id = string
    region     = string
    partition  = optional(string, "aws")
    dns_suffix = optional(string, "amazonaws.com")
  })

  validation {
    condition     = can(regex("^[0-9]{12}$", var.location.account_id))
    error_message = "location.account_id must be the 12 digits of an AWS account."
  }
}

variable "name" {
  description = "Name of the site: of its access control and its headers, which are the whole account's."
  type        = string

  validation {
    condition     = can(regex("^[a-zA-Z0-9_-]{1,47}$", var.name))
    error_message = "name may hold up to 47 letters, digits, dashes and underscores, so that <name>-security-headers fits the 64 of CloudFront."
  }
}

variable "bucket_name" {
  description = "Name of the bucket for the files; unique in the world, so it should end in the account id."
  type        = string

  # A dot in the name would break CloudFront's HTTPS connection to the bucket.
  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$", var.bucket_name))
    error_message = "bucket_name must be 3 to 63 lower-case letters, digits and dashes, with no dash at either end, and no dots."
  }
}

variable "domain" {
  description = "Names of your own that lead to it, and their certificate: in ACM of us-east-1, wherever the rest is. null: CloudFront's name."
  type = object({
    names           = list(string)
    certificate_arn = string
  })
  default = null

  validation {
    condition     = var.domain == null || length(try(var.domain.names, [])) > 0
    error_message = "domain.names must hold at least one name, such as shop.example.com."
  }

  validation {
    condition     = var.domain == null || can(regex("^arn:[a-z-]+:acm:us-east-1:[0-9]{12}:certificate/.+$", try(var.domain.certificate_arn, "")))
    error_message = "domain.certificate_arn must be the ARN of a certificate in ACM of us-east-1, the only region that CloudFront reads."
  }
}

variable "single_page" {
  description = "Whether one page draws all others: every path that is no file then answers with /index.html; otherwise with /404.html."
  type        = bool
  default     = false
}

variable "content_security_policy" {
  description = "Where the browser may load from; the site itself, unless you name more."
  type        = string
  default     = "default-src 'self'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'; object-src 'none'"

  validation {
    condition     = can(regex("(^|; *)default-src [^;]+", var.content_security_policy)) && !can(regex("'unsafe-(inline|eval)'|default-src ([^;]* )?[*]( |;|$)", var.content_security_policy))
    error_message = "content_security_policy must have a default-src that names whom to trust, not *, and no 'unsafe-inline' or 'unsafe-eval', which let injected code run."
  }
}

variable "price_class" {
  description = "Where CloudFront keeps copies: PriceClass_100 (North America, Europe), PriceClass_200 (more), PriceClass_All."
  type        = string
  default     = "PriceClass_100"

  validation {
    condition     = contains(["PriceClass_100", "PriceClass_200", "PriceClass_All"], var.price_class)
    error_message = "price_class must be PriceClass_100, PriceClass_200 or PriceClass_All."
  }
}

variable "deletion_protection" {
  description = "Whether destroy refuses while there are files."
  type        = bool
  default     = true
}
