"""What the rules of ENS raise, beside the errors of the API.

    ENSError
    ├── NotReadyYet             worth another attempt: the program's retry hook waits and tries again
    │   ├── ProbeFailed         the endpoint did not answer the creation probe with a 200
    │   ├── NotYetVerified      the callback is not verified, and something waits for that
    │   ├── NotYetAccepted      the endpoint does not accept what is signed with its key
    │   └── NotYetSettled       a change is too young to be in effect for certain
    ├── SelfTestFailed          the endpoint accepts what it must refuse
    ├── VerificationRefused     the verification key does not verify the callback any more
    ├── AlreadyPresent          an object of that name or URL is there and must not be touched
    ├── SubscriptionLimit       the callback has as many subscriptions as ENS allows
    ├── WrongBusinessUnit       the token belongs to another business unit than the resource
    ├── DeletedOutside          the object of the state is no longer there
    └── StillSubscribed         a callback cannot be deleted while subscriptions hang on it

The names are permanent: the retry hook and people's log searches know them.
"""

from __future__ import annotations

from ens_provider.api.errors import ENSError


class NotReadyYet(ENSError):
    """Raised where a later attempt of the same operation may succeed without anybody's help."""


class ProbeFailed(NotReadyYet):
    """Raised when the endpoint did not answer the creation probe with a 200 within 30 s."""


class NotYetVerified(NotReadyYet):
    """Raised while a callback is not verified that has to be."""


class NotYetAccepted(NotReadyYet):
    """Raised while an endpoint does not accept a delivery that is signed with its key."""


class NotYetSettled(NotReadyYet):
    """Raised while a change is younger than what ENS gives it to take effect."""


class SelfTestFailed(ENSError):
    """Raised when an endpoint accepts a delivery whose body was altered after it was signed."""


class VerificationRefused(ENSError):
    """Raised when ENS does not take a verification key, and will not later either."""


class AlreadyPresent(ENSError):
    """Raised when ENS holds an object of that name or URL that the provider must not change."""


class SubscriptionLimit(ENSError):
    """Raised when a callback has as many subscriptions as ENS allows, 200."""


class WrongBusinessUnit(ENSError):
    """Raised when a resource of one business unit would be touched with a token of another."""


class DeletedOutside(ENSError):
    """Raised when an object that is to be changed was deleted outside of the program."""


class StillSubscribed(ENSError):
    """Raised when a callback to be deleted has subscriptions that this stack does not manage."""


for _error in (
    NotReadyYet,
    ProbeFailed,
    NotYetVerified,
    NotYetAccepted,
    NotYetSettled,
    SelfTestFailed,
    VerificationRefused,
    AlreadyPresent,
    SubscriptionLimit,
    WrongBusinessUnit,
    DeletedOutside,
    StillSubscribed,
):
    # The engine prints `module.Class: sentence`; the short public name is what people search for.
    _error.__module__ = "ens_provider"
