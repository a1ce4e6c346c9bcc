"""`python policies/run.py`: what `make policies` runs; --help tells its options."""

import sys

from policy_command.main import main

if __name__ == "__main__":
    sys.exit(main())
