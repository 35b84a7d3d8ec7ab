"""`python -m denser`: the command `denser`, or a script: `python -m denser script.py`."""

import sys

from .cli import main

sys.exit(main())
