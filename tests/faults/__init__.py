"""The fault machine: seeded schedules that try to break the promise, and what must hold after each."""
