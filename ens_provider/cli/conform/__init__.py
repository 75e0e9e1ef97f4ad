"""`python -m ens_provider conform`: an acceptance test for a receiver in any language.

`sending` brings requests to the endpoint, `marked_events` makes what is in them. A check (`check`)
sends some and judges the answers (`judging`, `consequences`); `probe_checks`, `delivery_checks` and
`refusal_checks` are the checks, `catalogue` lists them, `run` makes them, and `lines` and `junit`
tell how they ended.
"""
