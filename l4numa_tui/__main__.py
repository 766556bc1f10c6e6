"""`python -m l4numa_tui`: the same as the command `l4numa`."""

from __future__ import annotations

import sys

from l4numa_tui.cli import main

sys.exit(main())
