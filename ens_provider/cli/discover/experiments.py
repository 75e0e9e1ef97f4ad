"""All experiments in the order in which they disturb each other least, and how they are run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from ens_provider.api.errors import (
    AuthenticationError,
    ENSError,
    RateLimitedError,
    ServiceError,
    UnexpectedAnswerError,
    UnreachableError,
)
from ens_provider.cli.discover import callback_experiments as callbacks
from ens_provider.cli.discover import subscription_experiments as subscriptions
from ens_provider.cli.discover.bench import Bench
from ens_provider.cli.discover.findings import (
    Finding,
    NotSettledError,
    Outcome,
    Result,
    not_settled,
    unknown,
)

# Whatever is asked next would end the same way.
_HOPELESS = (AuthenticationError, RateLimitedError, UnreachableError)


@dataclass(frozen=True, kw_only=True)
class Experiment:
    """One question to the account.

    Attributes:
        switch: The switch that it settles.
        ask: Asks it, on a bench; raises NotSettledError where something is missing for it.
    """

    switch: str
    ask: Callable[[Bench], Outcome]


EXPERIMENTS = (
    Experiment(switch="url_echo", ask=callbacks.url_echo),
    Experiment(switch="propagation_seconds", ask=callbacks.propagation_seconds),
    Experiment(switch="empty_list", ask=callbacks.empty_list),
    # Before anything is verified.
    Experiment(switch="subscribe_unverified", ask=subscriptions.subscribe_unverified),
    Experiment(switch="regenerate_unverified", ask=callbacks.regenerate_unverified),
    Experiment(switch="duplicate_callback", ask=callbacks.duplicate_callback),
    Experiment(switch="duplicate_match", ask=callbacks.duplicate_match),
    Experiment(switch="probe_failure_body", ask=callbacks.probe_failure_body),
    Experiment(switch="failed_callback_kept", ask=callbacks.failed_callback_kept),
    Experiment(switch="unverified_status", ask=callbacks.unverified_status),
    Experiment(switch="unchanged_put", ask=callbacks.unchanged_put),
    Experiment(switch="put_unknown_callback", ask=callbacks.put_unknown_callback),
    Experiment(switch="put_unknown_subscription", ask=subscriptions.put_unknown_subscription),
    Experiment(switch="array_of_many", ask=callbacks.array_of_many),
    # From here on callbacks are verified.
    Experiment(switch="blank_filters", ask=subscriptions.blank_filters),
    Experiment(switch="unchanged_status", ask=subscriptions.unchanged_status),
    Experiment(switch="subscription_name_scope", ask=subscriptions.subscription_name_scope),
    Experiment(switch="name_case", ask=callbacks.name_case),
    # The last: it may move the callback away from its endpoint.
    Experiment(switch="put_url", ask=callbacks.put_url),
)
"""What is asked while the callbacks of the run are there."""

AFTERWARDS = (Experiment(switch="ok_without_content", ask=subscriptions.ok_without_content),)
"""What is asked of the answers to the cleaning as well."""


def ask(experiment: Experiment, bench: Bench) -> Finding:
    """Make an experiment; a value that it finds is known to the next ones.

    Raises:
        ENSError: It failed in a way in which all others would.
    """
    outcome = _outcome(experiment, bench)
    if outcome.result is Result.FOUND and outcome.value is not None:
        bench.values[experiment.switch] = outcome.value
    # The service's words may stand in it.
    shows = bench.unit.exchanges.clean(outcome.shows)
    return Finding(switch=experiment.switch, outcome=replace(outcome, shows=shows))


def _outcome(experiment: Experiment, bench: Bench) -> Outcome:
    try:
        return experiment.ask(bench)
    except NotSettledError as error:
        return not_settled(str(error))
    except _HOPELESS:
        raise
    except (ServiceError, UnexpectedAnswerError) as error:
        return unknown(
            f"{error.status}: {error.service_text}" if error.service_text else str(error)
        )
    except ENSError as error:
        return not_settled(str(error))
