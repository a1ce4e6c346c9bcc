"""Turns what AWS answers into one sentence."""

from collections.abc import Iterator
from contextlib import contextmanager

from botocore import exceptions
from botocore.exceptions import ClientError

from deployment.errors import ToolError

_EXPIRED = {"ExpiredToken", "ExpiredTokenException", "RequestExpired"}
_INVALID = {
    "InvalidClientTokenId",
    "UnrecognizedClientException",
    "InvalidAccessKeyId",
    "SignatureDoesNotMatch",
}
_MISSING = {
    "AWS.SimpleQueueService.NonExistentQueue": "The queue does not exist",
    "QueueDoesNotExist": "The queue does not exist",
    "ResourceNotFoundException": "The table or log group does not exist",
    "NoSuchBucket": "The bucket does not exist",
    "ClusterNotFoundException": "The cluster does not exist",
    "RepositoryNotFoundException": "The image repository does not exist",
}
_LOG_IN = "log in again, for instance with `aws sso login`"
_NO_CREDENTIALS = (
    "No AWS credentials were found; set AWS_PROFILE or give --profile, and log in, for instance with "
    "`aws sso login`; for the local stack: `make up`, then `source .local/stack.env`."
)


def error_code(error: ClientError) -> str:
    """AWS's short name for what went wrong, e.g. `AccessDenied`."""
    return str(error.response.get("Error", {}).get("Code", "Unknown"))


@contextmanager
def one_sentence(target: str) -> Iterator[None]:
    """Raises ToolError for every error of boto3 inside; `target` is, for instance, `the local stack`."""
    try:
        yield
    except exceptions.ClientError as error:
        raise ToolError(_sentence(error, target)) from None
    except (exceptions.NoCredentialsError, exceptions.PartialCredentialsError):
        raise ToolError(_NO_CREDENTIALS) from None
    except (
        exceptions.TokenRetrievalError,
        exceptions.SSOError,
        exceptions.CredentialRetrievalError,
    ) as error:
        raise ToolError(f"The AWS credentials cannot be used ({error}); {_LOG_IN}.") from None
    except exceptions.ProfileNotFound as error:
        raise ToolError(f"{error}; `aws configure list-profiles` lists those that exist.") from None
    except (exceptions.HTTPClientError, exceptions.ConnectionError) as error:
        raise ToolError(f"{target[:1].upper()}{target[1:]} does not answer: {error}") from None
    except exceptions.BotoCoreError as error:
        raise ToolError(f"The call to {target} failed: {error}") from None


def _sentence(error: ClientError, target: str) -> str:
    code, call = error_code(error), error.operation_name
    said = str(error.response.get("Error", {}).get("Message", "")).strip()
    if code in _EXPIRED:
        return f"The AWS credentials have expired; {_LOG_IN}."
    if code in _INVALID:
        return f"AWS does not know these credentials ({code}); {_LOG_IN}, or choose another profile."
    if code in _MISSING:
        return f"{_MISSING[code]} in {target} ({call}: {said or code}); was Terraform applied there?"
    return f"{call} was refused by {target}: {code}: {said}"
