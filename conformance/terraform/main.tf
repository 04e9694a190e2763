# Configuration in two versions, for apply.sh: whatever can be changed in place differs between them. Each file has a
# family of resources; together they are all that the provider has for REST APIs.

terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "5.100.0"
    }
  }
}

provider "aws" {
  region                      = "eu-west-1"
  access_key                  = "123456789012"
  secret_key                  = "x"
  skip_credentials_validation = true
  skip_requesting_account_id  = true
  skip_metadata_api_check     = true
  skip_region_validation      = true
  endpoints {
    apigateway = var.control
  }
}

variable "control" {
  description = "URL of the control plane"
  type        = string
}

variable "v" {
  description = "version of the configuration, 1 or 2"
  type        = number
}

variable "importing" {
  description = "leave out what cannot be imported without a difference"
  type        = bool
  default     = false
}

variable "ids" {
  description = "what to import, by the address of the resource"
  type        = map(string)
  default     = {}
}

locals { two = var.v == 2 }
