"""Numbers of things, as sentences name them."""


def counted(number: int, what: str) -> str:
    """Return a number with its noun: ``1 callback``, ``2 callbacks``."""
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
