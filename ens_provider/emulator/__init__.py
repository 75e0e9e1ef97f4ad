"""A stand-in for the Event Notification Service that runs on one machine.

The files follow one direction: `routes` name what is answered, `server` is HTTP in and out,
`operations` turn a request into calls of the account's rules (`callbacks`, `subscriptions`: state
and rules, no HTTP), and `service_errors` are the service's own answers to what it refuses.
Nothing of the client is imported: an emulator that shares the client's code cannot catch the
client's mistakes.

It does not deliver events, knows nothing of the callbacks' own OAuth2 settings beyond echoing
`authId`, and limits no rate unless a fault is scripted.
"""
