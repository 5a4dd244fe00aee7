"""The command line beside Snakemake: ``python -m crosstalk COMMAND``."""

from __future__ import annotations

import argparse
import json
import os
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


def _advise(parser: argparse.ArgumentParser) -> Callable[[argparse.Namespace], None]:
    """rank mixes of languages by the interference that a matrix lets expect"""
    parser.add_argument(
        "--matrix", type=Path, default=Path("results/matrix/interference.parquet"), metavar="FILE",
        help="cells of the matrix; by default %(default)s",
    )  # fmt: skip
    parser.add_argument("--keep", type=_codes, default=[], metavar="LANGUAGE,...", help="languages of every mix")
    parser.add_argument("--add", type=int, required=True, metavar="N", help="how many others; 0 judges those to keep")
    parser.add_argument(
        "--candidates", type=_codes, metavar="LANGUAGE,...", help="the others; by default all there are"
    )
    parser.add_argument("--exclude", type=_codes, default=[], metavar="LANGUAGE,...", help="languages of no mix")
    parser.add_argument(
        "--objective", choices=["worst", "mean"], default="worst",
        help="best for the language that is worst off (default), or on average",
    )  # fmt: skip
    parser.add_argument("--top", type=int, default=5, metavar="N", help="mixes to show; by default %(default)s")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="of the search where mixes are too many")
    parser.add_argument(
        "--check", type=Path, metavar="FILE", help="advice_ranks.parquet; by default the one beside the matrix, if any"
    )
    parser.add_argument("--json", action="store_true", help="one JSON object instead of text")
    parser.add_argument(
        "--out", type=Path, metavar="FILE", help="a Parquet table as well, a row for each mix and language"
    )

    def run(arguments: argparse.Namespace) -> None:
        from crosstalk.artefacts import read_table, write_table
        from crosstalk.matrix import advice_text
        from crosstalk.matrix.advice import Request, advise
        from crosstalk.matrix.schemas import ADVICE, ADVICE_RANKS, INTERFERENCE

        names = ("keep", "add", "candidates", "exclude", "objective", "top", "seed")
        request = Request(**{name: getattr(arguments, name) for name in names})
        beside = arguments.matrix.with_name("advice_ranks.parquet")
        check = arguments.check or (beside if beside.exists() else None)
        ranks = read_table(check, ADVICE_RANKS) if check else None
        found = advise(read_table(arguments.matrix, INTERFERENCE).to_pandas(), request)
        if arguments.out:
            write_table(found.table, arguments.out, ADVICE)
        if arguments.json:
            json.dump(advice_text.as_json(found, request, ranks), sys.stdout, indent=2)
            print()
        else:
            sys.stdout.write(advice_text.text(found, request, ranks))

    return run


def _codes(given: str) -> list[str]:
    """Languages between commas."""
    return [code for each in given.split(",") if (code := each.strip())]


def _silence() -> None:
    """Keep transformers from the network, and its own progress bars and warnings from the terminal."""
    os.environ |= {"HF_HUB_OFFLINE": "1", "TRANSFORMERS_VERBOSITY": "error"}
    from transformers.utils import logging

    logging.disable_progress_bar()


def _export(parser: argparse.ArgumentParser) -> Callable[[argparse.Namespace], None]:
    """write a trained model for use elsewhere, each source language's filter folded in"""
    several: dict[str, Any] = {"nargs": "+", "action": "extend", "default": []}
    parser.add_argument(
        "--configfile", **several, type=Path, metavar="FILE", help="those that the results were made with"
    )
    parser.add_argument("--config", **several, metavar="KEY=VALUE", help="single settings over those of the files")
    parser.add_argument("--benchmark", metavar="NAME", help="of the results; by default the first")
    parser.add_argument("--seed", type=int, metavar="N", help="of the results; by default the first")
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--method", metavar="NAME", help="of the results")
    what.add_argument("--model", type=Path, metavar="FOLDER", help="a model folder instead, with")
    parser.add_argument("--vocabulary", type=Path, metavar="FOLDER", help="its vocabulary; by default the benchmark's")
    parser.add_argument("--partition", type=Path, metavar="FILE", help="units to filter")
    parser.add_argument("--gamma", type=Path, metavar="FILE", help="how much; without it the filter is the static one")
    parser.add_argument(
        "--languages", nargs="+", metavar="LANGUAGE", help="sources; by default all that the vocabulary has"
    )
    parser.add_argument("--quantization", choices=["int8", "int16", "float16"], help="of CTranslate2's weights")
    parser.add_argument(
        "--out", type=Path, required=True, metavar="FOLDER", help="gets a folder for each source language"
    )

    def run(arguments: argparse.Namespace) -> None:
        from crosstalk import grid
        from crosstalk.config import load
        from crosstalk.config.files import merged
        from crosstalk.finished import finished, named

        config = load(merged([Path("config.yaml"), *arguments.configfile], arguments.config))
        benchmark = arguments.benchmark or grid.benchmarks(config)[0]
        if arguments.method:
            seed = config.nmt.seeds[0] if arguments.seed is None else arguments.seed
            parts = finished(config, benchmark, arguments.method, seed)
        else:
            vocabulary = arguments.vocabulary or Path(f"results/tokens/{benchmark}/vocabulary")
            parts = named(config, arguments.model, vocabulary, arguments.partition, arguments.gamma)
        _silence()
        from crosstalk.decode.export import export

        for folder in export(parts, arguments.languages, arguments.out, arguments.quantization):
            print(folder)

    return run


def _translate(parser: argparse.ArgumentParser) -> Callable[[argparse.Namespace], None]:
    """translate lines of standard input with an exported model, one line out for each line in"""
    parser.add_argument(
        "--model", type=Path, required=True, metavar="FOLDER", help="what export wrote, or one of its folders"
    )
    parser.add_argument("--src", metavar="LANGUAGE", help="language of all lines, such as deu_Latn or de")
    parser.add_argument("--tgt", metavar="LANGUAGE", help="language to translate them into")
    parser.add_argument("--tsv", action="store_true", help="instead, lines are source<TAB>target<TAB>text")
    parser.add_argument(
        "--engine", choices=["ctranslate2", "transformers"], default="ctranslate2", help="which folders"
    )
    parser.add_argument("--device", choices=["auto", "cpu", "cuda"], default="auto", help="auto takes a GPU if it can")
    parser.add_argument("--threads", type=int, default=os.cpu_count(), metavar="N", help="processors; by default all")
    parser.add_argument("--batch", type=int, default=64, metavar="N", help="sentences of a batch; by default 64")

    def run(arguments: argparse.Namespace) -> None:
        if arguments.tsv == bool(arguments.src or arguments.tgt) or bool(arguments.src) != bool(arguments.tgt):
            raise CrosstalkError("expected --src and --tgt, or --tsv and neither")
        if min(arguments.threads, arguments.batch) < 1:
            raise CrosstalkError("--threads and --batch: expected 1 or more")
        _silence()
        from crosstalk.decode import lines
        from crosstalk.decode.translator import Translator

        pair = None if arguments.tsv else (arguments.src, arguments.tgt)
        translator = Translator(arguments.model, arguments.engine, arguments.device, arguments.threads, arguments.batch)
        found = lines.read(sys.stdin.buffer, translator, pair)
        for text in lines.translate(found, translator, 16 * arguments.batch):
            sys.stdout.buffer.write(text.encode() + b"\n")

    return run


def _from_fairseq(parser: argparse.ArgumentParser) -> Callable[[argparse.Namespace], None]:
    """turn a checkpoint of fairseq into a model folder"""
    parser.add_argument("--checkpoint", type=Path, required=True, metavar="FILE", help="of a transformer like XLM-T")
    parser.add_argument("--dictionary", type=Path, required=True, metavar="FILE", help="its dict.txt")
    parser.add_argument(
        "--vocabulary", type=Path, metavar="FOLDER", help="puts ids in this vocabulary's order; by default they stay"
    )
    parser.add_argument("--out", type=Path, required=True, metavar="FOLDER", help="the model folder")

    def run(arguments: argparse.Namespace) -> None:
        _silence()
        from crosstalk.artefacts import whole_folder
        from crosstalk.fairseq.checkpoint import import_checkpoint, rearranged
        from crosstalk.fairseq.dictionary import read_dictionary
        from crosstalk.tokens.vocabulary import Vocabulary

        pieces = read_dictionary(arguments.dictionary)
        wanted = Vocabulary.load(arguments.vocabulary).spellings() if arguments.vocabulary else pieces
        model = rearranged(import_checkpoint(arguments.checkpoint), pieces, wanted)
        with whole_folder(arguments.out) as part:
            model.save_pretrained(part)

    return run


def _to_fairseq(parser: argparse.ArgumentParser) -> Callable[[argparse.Namespace], None]:
    """turn a model folder into a checkpoint and dictionaries for fairseq"""
    parser.add_argument("--model", type=Path, required=True, metavar="FOLDER", help="such as results/models/...")
    parser.add_argument("--vocabulary", type=Path, required=True, metavar="FOLDER", help="such as results/tokens/...")
    parser.add_argument("--out", type=Path, required=True, metavar="FOLDER", help="gets model.pt and dict.*.txt")

    def run(arguments: argparse.Namespace) -> None:
        _silence()
        from crosstalk.artefacts import whole_folder
        from crosstalk.fairseq.checkpoint import export_checkpoint
        from crosstalk.fairseq.dictionary import write_dictionary
        from crosstalk.models.xlmt import load_xlmt
        from crosstalk.tokens.vocabulary import Vocabulary

        vocabulary, model = Vocabulary.load(arguments.vocabulary), load_xlmt(arguments.model)
        languages = list(vocabulary.tags)
        task = {"task": "translation_multi_simple_epoch", "langs": ",".join(languages), "encoder_langtok": "tgt"}
        with whole_folder(arguments.out) as part:
            for language in languages:
                write_dictionary(vocabulary.spellings(), part / f"dict.{language}.txt")
            export_checkpoint(model, part / "model.pt", {**task, "data": str(arguments.out)})

    return run


COMMANDS = {
    "schema": _schema,
    "plan": _plan,
    "advise": _advise,
    "export": _export,
    "translate": _translate,
    "from-fairseq": _from_fairseq,
    "to-fairseq": _to_fairseq,
}
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
    except BrokenPipeError:
        # Who reads the output wanted no more; Python would complain when it writes the rest at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
