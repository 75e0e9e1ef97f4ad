"""`python -m ens_provider`: the commands of this package."""

import sys

from ens_provider.cli.extras import MissingExtraError, require


def main() -> None:
    """Run the command that the arguments name; exit with 1 if a package for it is missing."""
    try:
        require("click", extra="cli", purpose="The commands of ens_provider")
    except MissingExtraError as error:
        sys.exit(str(error))
    from ens_provider.cli.commands import COMPLETE_VARIABLE, commands  # noqa: PLC0415 -- click may be missing

    commands(prog_name="python -m ens_provider", complete_var=COMPLETE_VARIABLE)


if __name__ == "__main__":
    main()
