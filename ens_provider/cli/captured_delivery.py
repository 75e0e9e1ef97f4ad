"""One delivery as it was captured, as an option of a command: ``BODY_FILE,HEADER``."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class CapturedDelivery:
    """A delivery: its body, and the value of the header with its signature."""

    file: Path
    signature: str

    @classmethod
    def parse(cls, text: str) -> "CapturedDelivery":
        """Read ``BODY_FILE,HEADER``.

        Raises:
            ValueError: It is not of that form.
        """
        # A file name may hold commas, the base64 of a signature cannot.
        file, comma, signature = text.rpartition(",")
        if not (file and comma and signature.strip()):
            raise ValueError(f"'{text}' is not BODY_FILE,HEADER")
        return cls(file=Path(file), signature=signature)
