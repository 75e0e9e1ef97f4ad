"""A stand-in for the Event Notification Service that runs on one machine.

The files follow one direction: `routes` name what is answered, `server` is HTTP in and out,
`operations` turn a request into calls of the account's rules (`callbacks`, `subscriptions`: state
and rules, no HTTP), and `service_errors` are the service's own answers to what it refuses.
Of the product's other parts only the service's side of a delivery is imported
(`receiver.signature`, `receiver.event_json`): an emulator that shares the client's code cannot
catch the client's mistakes.

Events that are posted to it go through `dispatch`: `matching` (with `filters`) says whom they
reach, `deliveries` are the signed batches, the `courier` takes those to their endpoints when they
are due by the `clock`, and `https_post` is how they, and probes, leave. When they are due again is
what `schedules` say, and `suspensions` who gets nothing for a while. `nearest_miss` says why an
event reached nobody.

What goes wrong is scripted: `faults` for single calls of a route, `rate_limit` for all calls,
`trouble` for deliveries.

It knows nothing of the callbacks' own OAuth2 settings beyond echoing `authId`.
"""
