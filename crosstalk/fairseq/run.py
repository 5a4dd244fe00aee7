"""fairseq's programs, mended: ``python -m crosstalk.fairseq.run train …`` is ``fairseq-train …``."""

from __future__ import annotations

import sys
from importlib import import_module

from crosstalk.errors import CrosstalkError
from crosstalk.fairseq.shim import load_fairseq

PROGRAMS = ("generate", "interactive", "preprocess", "train", "validate")


def main() -> None:
    """Run the program named first with the arguments that follow."""
    if len(sys.argv) < 2 or sys.argv[1] not in PROGRAMS:
        raise CrosstalkError(f"expected one of {', '.join(PROGRAMS)}, then the arguments of that program of fairseq")
    program = sys.argv.pop(1)
    load_fairseq()
    import_module(f"fairseq_cli.{program}").cli_main()


if __name__ == "__main__":
    main()
