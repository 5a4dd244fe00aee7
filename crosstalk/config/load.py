"""From the merged dictionary that Snakemake hands over to a checked Config."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Mapping, Set
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from crosstalk.config.nrd import Method
from crosstalk.config.root import Config
from crosstalk.config.variations import varied
from crosstalk.errors import CrosstalkError, nearest


def load(merged: Mapping[str, Any]) -> Config:
    """Check a merged configuration.

    Entries set to null in ``benchmarks``, ``methods``, ``multimodal.benchmarks`` and ``multimodal.systems`` are
    dropped, so a preset can take one away; a benchmark's images go with it.
    Raises CrosstalkError in one line: the key, what is wrong and what was expected.
    """
    settings = dict(merged)
    if isinstance(part := settings.get("multimodal"), Mapping):
        gone = _gone(settings, "benchmarks")
        settings["multimodal"] = {**part, **_rest(part, "benchmarks", gone), **_rest(part, "systems")}
    settings |= {**_rest(settings, "benchmarks"), **_rest(settings, "methods")}
    if settings.get("data_dir") is None and (place := os.environ.get("CROSSTALK_DATA")):
        settings["data_dir"] = place
    try:
        config = Config.model_validate(settings)
    except ValidationError as error:
        raise CrosstalkError("configuration: " + _first_line(error)) from error
    _check_names(config)
    return config


def _gone(settings: Mapping[str, Any], group: str) -> set[str]:
    """The names of a group that a preset takes out."""
    rows = settings.get(group)
    return {name for name, row in rows.items() if row is None} if isinstance(rows, Mapping) else set()


def _rest(settings: Mapping[str, Any], group: str, gone: Set[str] = frozenset()) -> dict[str, Any]:
    """A group without the names that a preset takes out, here or elsewhere."""
    if not isinstance(rows := settings.get(group), Mapping):
        return {}
    gone = gone | _gone(settings, group)
    return {group: {name: row for name, row in rows.items() if name not in gone}}


def _first_line(error: ValidationError, inside: str = "") -> str:
    problem = error.errors()[0]
    path = [*filter(None, [inside]), *(str(part) for part in problem["loc"])]
    key = ".".join(path)
    if problem["type"] == "extra_forbidden":
        model = _model_at(path[:-1])
        known = model.model_fields if model else []
        return f"unknown key {key!r}{nearest(path[-1], known)}"
    if problem["type"] == "missing":
        return f"key {key!r} is missing; expected {_description(path)}"
    message = problem["msg"].removeprefix("Value error, ")
    given = problem["input"]
    shown = "" if isinstance(given, (Mapping, list)) else f", given {given!r}"
    return f"{key}: {message}{shown}"


def _model_at(path: list[str]) -> type[BaseModel] | None:
    """The section that a key path leads to."""
    model: type[BaseModel] | None = Config
    pending: Any = None
    for part in path:
        if model is not None and part in model.model_fields:
            annotation = model.model_fields[part].annotation
            model, pending = _section(annotation), annotation
        elif pending is not None:
            model = _section(pending)
    return model


def _section(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for inner in get_args(annotation):
        if (found := _section(inner)) is not None:
            return found
    return None


def _description(path: list[str]) -> str:
    model = _model_at(path[:-1])
    field = model.model_fields.get(path[-1]) if model else None
    return " ".join((field.description or "a value").split()) if field else "a value"


def _fault(config: Config, method: Method) -> str:
    """What is wrong with a method, beginning with the key; empty when nothing is."""
    from crosstalk.methods.registry import available, keys, option_fault

    for factor in ("training", "filter"):
        value = getattr(method, factor)
        known = ["none", *available(factor)]
        if value not in known:
            return f"{factor}: unknown {factor} {value!r}{nearest(value, known)}"
    if fault := option_fault(method.training, method.options):
        return f"options{fault}"
    for part, own in method.settings.items():
        whole = getattr(config, part)
        try:
            type(whole).model_validate({**whole.model_dump(), **own})
        except ValidationError as error:
            return f"settings.{_first_line(error, part)}"
    members = method.settings.get("selection", {}).get("k") or config.selection.k or 0
    if members > config.sets.k:
        return f"settings: selection.k is {members}, but sets have {config.sets.k} members (sets.k)"
    if keys(method.training, method.options, "") and method.filter != "none":
        return f"filter: {method.training!r} has weights for each direction, which no filter goes with; expected none"
    if method.sets == "file" and config.sets.file is None:
        return "sets is 'file', so sets.file must name a Parquet file"
    return ""


_TAKEN = ("all", "matrix")


def _check_names(config: Config) -> None:
    """Names in one section that must exist in another."""
    for name, method in varied(config).items():
        if fault := _fault(config, method):
            raise CrosstalkError(f"configuration: methods.{name}.{fault}")
    if config.speed.engine == "ctranslate2" and config.decode.stop == "score":
        raise CrosstalkError(
            "configuration: speed.engine: ctranslate2 has no decode.stop 'score'; use auto, or 'count'"
        )
    if config.foundation.trainer == "fairseq" and config.speed.training_nodes > 1:
        raise CrosstalkError(
            "configuration: speed.training_nodes: foundation.trainer 'fairseq' runs on one; expected 1"
        )
    for name in ("pretraining", "foundation", "specialisation")[config.model.pretrained is not None :]:
        micros = getattr(config, name).sampling.accumulate
        if config.speed.training_processes > micros:
            raise CrosstalkError(
                f"configuration: speed.training_processes: {config.speed.training_processes} processes share the "
                f"micro-batches of an update, but {name}.sampling.accumulate is {micros}; expected at least as many"
            )
    for key, runs, training in (
        ("multimodal.tuning", config.multimodal.benchmarks, config.multimodal.tuning),
        ("downstream.training", config.downstream.targets, config.downstream.training),
    ):
        micros = training.sampling.accumulate
        if runs and micros % config.speed.training_processes:
            raise CrosstalkError(
                f"configuration: {key}.sampling.accumulate: expected a multiple of speed.training_processes "
                f"{config.speed.training_processes}, which hold the model together; found {micros}"
            )
    if bool(config.downstream.targets) != bool(config.downstream.tasks):
        has, lacks = ("targets", "tasks") if config.downstream.targets else ("tasks", "targets")
        raise CrosstalkError(f"configuration: downstream: there are {has} but no {lacks}; expected both, or neither")
    for name in _TAKEN:
        if name in config.benchmarks:
            raise CrosstalkError(f"configuration: benchmarks.{name}: the report uses that name itself; choose another")
    matrix = config.matrix
    measured = config.benchmarks.get(matrix.benchmark or next(iter(config.benchmarks)))
    spoken = measured.languages if measured else []
    compared = spoken if matrix.languages is None else matrix.languages
    references: list[tuple[str, list[str], Iterable[str]]] = [
        ("nmt.methods", config.nmt.methods or [], config.methods),
        ("sensitivity.method", [config.sensitivity.method] if config.sensitivity.method else [], config.methods),
        ("nmt.baseline", [config.nmt.baseline], config.methods),
        ("nmt.benchmarks", config.nmt.benchmarks or [], config.benchmarks),
        ("matrix.benchmark", [matrix.benchmark] if matrix.benchmark else [], config.benchmarks),
        ("matrix.languages", matrix.languages or [], spoken),
        ("matrix.also", [code for pair in matrix.also for code in pair], spoken),
        ("matrix.advice.keep", matrix.advice.keep, compared),
        ("matrix.check.also", [code for mix in matrix.check.also for code in mix], compared),
        *_captioned_names(config),
        *_downstream_names(config, compared),
    ]
    for key, chosen, names in references:
        for name in chosen:
            if name not in names:
                raise CrosstalkError(f"configuration: {key}: unknown {name!r}{nearest(name, names)}")


def _captioned_names(config: Config) -> Iterator[tuple[str, list[str], Iterable[str]]]:
    """The names of part 3: key, what it names, and what there is."""
    settings = config.multimodal
    yield "multimodal.benchmarks", list(settings.benchmarks), config.benchmarks
    for name, captions in settings.benchmarks.items():
        if name in config.benchmarks:
            benchmark, key = config.benchmarks[name], f"multimodal.benchmarks.{name}"
            others = [code for code in benchmark.languages if code != benchmark.pivot]
            yield f"{key}.targets", captions.targets or [], others
            yield f"{key}.images.source", [captions.images.source], [source.name for source in benchmark.sources]
    if settings.benchmarks:
        yield "multimodal.baseline", [settings.baseline], settings.systems


def _downstream_names(config: Config, measured: list[str]) -> Iterator[tuple[str, list[str], Iterable[str]]]:
    """The names of the downstream evaluation of the matrix, which has ``measured`` languages."""
    settings = config.downstream
    if settings.benchmark is not None:
        yield "downstream.benchmark", [settings.benchmark], config.benchmarks
    spoken = config.benchmarks.get(settings.benchmark or config.matrix.benchmark or next(iter(config.benchmarks)))
    known = [code for code in spoken.languages if code in measured] if spoken else []
    yield "downstream.targets", list(settings.targets), known
    for key in ("among", "languages"):
        yield f"downstream.friends.{key}", getattr(settings.friends, key) or [], known


def science_hash(*parts: BaseModel | Mapping[str, Any] | str | int | None) -> str:
    """Twelve hexadecimal digits that name these settings; keys that change only speed must not be among them."""
    plain = [part.model_dump(mode="json") if isinstance(part, BaseModel) else part for part in parts]
    return hashlib.sha256(json.dumps(plain, sort_keys=True, default=str).encode()).hexdigest()[:12]
