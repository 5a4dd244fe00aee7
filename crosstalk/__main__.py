"""The command line beside Snakemake: ``python -m crosstalk COMMAND``."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from crosstalk.errors import CrosstalkError, nearest


def _schema(parser: argparse.ArgumentParser) -> Callable[[argparse.Namespace], None]:
    """print the configuration's JSON schema, or its documentation"""
    parser.add_argument("--markdown", action="store_true", help="the page docs/configuration.md instead")

    def run(arguments: argparse.Namespace) -> None:
        from crosstalk.config import reference

        sys.stdout.write(reference.markdown() if arguments.markdown else reference.json_schema())

    return run


def _plan(parser: argparse.ArgumentParser) -> Callable[[argparse.Namespace], None]:
    """tell what a configuration will run, before anything starts"""
    several: dict[str, Any] = {"nargs": "+", "action": "extend", "default": []}
    parser.add_argument("--configfile", **several, type=Path, metavar="FILE", help="over config.yaml, in this order")
    parser.add_argument("--config", **several, metavar="KEY=VALUE", help="single settings over those of the files")
    parser.add_argument("--json", action="store_true", help="one JSON object instead of text")
    speed = parser.add_mutually_exclusive_group()
    speed.add_argument(
        "--throughput", type=float, metavar="TOKENS_PER_SECOND", help="of one device in part 2, to estimate its hours"
    )
    speed.add_argument("--calibrate", action="store_true", help="time this machine for a second instead")

    def run(arguments: argparse.Namespace) -> None:
        from crosstalk import plan
        from crosstalk.config import load
        from crosstalk.config.files import merged

        config = load(merged([Path("config.yaml"), *arguments.configfile], arguments.config))
        found = plan.plan(config, Path("results/tokens"), arguments.throughput, arguments.calibrate)
        sys.stdout.write(json.dumps(found, indent=2) + "\n" if arguments.json else plan.text(found))

    return run


COMMANDS = {"schema": _schema, "plan": _plan}
"""Name -> what adds a command's options and returns what runs it; its docstring is the command's help."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; 0 on success, 1 when a CrosstalkError was shown, 2 when the command line is wrong."""
    given = list(sys.argv[1:] if argv is None else argv)
    parser = argparse.ArgumentParser(prog="python -m crosstalk", description="crosstalk beside Snakemake")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for name, add in COMMANDS.items():
        command = commands.add_parser(name, help=add.__doc__, description=add.__doc__)
        command.set_defaults(run=add(command))
    if given and not given[0].startswith("-") and given[0] not in COMMANDS:
        parser.error(f"unknown command {given[0]!r}{nearest(given[0], COMMANDS)}")
    arguments = parser.parse_args(given)
    try:
        arguments.run(arguments)
    except CrosstalkError as error:
        print(f"crosstalk: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
