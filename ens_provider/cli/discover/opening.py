"""The first callback of a run, on which everything else is asked."""

from __future__ import annotations

from ens_provider.cli.discover.answers import is_success, probe_failure_in
from ens_provider.cli.discover.bench import VERIFIED, Bench
from ens_provider.cli.exit_codes import RESOURCE, CommandError


def open_bench(bench: Bench) -> None:
    """Create the callback that stays for the run, and wait until reads show it.

    Its host is sent in capitals, so that the answer tells how URLs are echoed.

    Raises:
        CommandError: The service does not create it.
    """
    for url in dict.fromkeys((bench.capital_url(), bench.url)):
        answer, made = bench.create_callback("main", url)
        failure = probe_failure_in(answer)
        if failure is not None:
            if made is not None:
                bench.remove_failed(made)
            raise CommandError(
                f"ENS could not verify the endpoint {bench.url} ({failure.quoted()}): "
                f"{failure.explanation()}. `python -m ens_provider probe` shows what it meets.",
                exit_code=RESOURCE,
            )
        if is_success(answer) and made is not None:
            bench.main = made
            _look(bench)
            return
    raise CommandError(
        f"ENS creates no callback on {bench.url} ({bench.unit.told(answer)}). Give a URL that no "
        "callback of any business unit has.",
        exit_code=RESOURCE,
    )


def _look(bench: Bench) -> None:
    main = bench.the_main
    for waited in bench.pace.tries(bench.wait_seconds):
        listed = {record.get("callbackId") for record in bench.unit.callbacks()}
        if main.callback_id in listed:
            bench.lag_seconds = waited
            break
    if bench.status_of(main) == VERIFIED:
        bench.verified.add(main.callback_id)
