"""What ENS does about an answer, by both schedules that its documentation has had ("Retries")."""

NOT_ACKNOWLEDGED = (
    "ENS tries the batch up to 3 times, defers it for up to 10 minutes, tries again for up to 7 "
    "days, and then drops it. By the older schedule it drops the batch after 3 more tries, and after 2 failures within 5 "
    "minutes it suspends the callback for 10 minutes to an hour, in which all events are lost"
)
ACCEPTED = (
    "Unless the receiver throws it away behind this answer, whoever knows the URL can put events "
    "into your systems. By both schedules ENS takes the answer for an acknowledgement and never "
    "sends the batch again, so that a genuine one is lost if the receiver cannot check it yet"
)
PROBE_FAILED = (
    "ENS refuses the creation with 400; the callback stays behind unverified, gets no events, and "
    "has to be deleted"
)
HUNG = (
    "ENS waits no longer and counts it as a failure, by both schedules; and whoever knows the URL "
    "can hold the receiver's connections"
)
NEITHER = (
    "It acknowledges nothing, so ENS sends the batch again as after any refusal; but ENS follows no "
    "redirect, and who else does gets an answer from somewhere else"
)
OLDER_BUDGET = (
    "By the older schedule ENS waits 2 s, counts this as a failure, and suspends the callback after "
    "2 of them within 5 minutes"
)
