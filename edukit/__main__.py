"""``python -m edukit``: the same as the ``edukit`` command."""

import sys

from edukit.cli import main

sys.exit(main())
