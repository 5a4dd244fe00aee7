"""Where sentences come from and how they become tokens."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from crosstalk.config.base import LanguageCode, Section


class World(Section):
    """The embedded synthetic world: languages that spell out the same sampled meanings."""

    seed: int = 1
    """Seed of the lexicons, meanings and forms; separate from the seeds of trainings."""
    train: Annotated[int, Field(ge=10)] = 6000
    """Meanings in the training split of a language of the high tier."""
    dev: Annotated[int, Field(ge=1)] = 200
    """Meanings in the dev split, spelled in every language."""
    test: Annotated[int, Field(ge=1)] = 200
    """Meanings in the test split, spelled in every language."""
    variation: Annotated[float, Field(ge=0, le=1)] = 0.3
    """Probability that a translation draws its own form (voice, order, synonyms) instead of the English sentence's."""
    share: dict[LanguageCode, Annotated[float, Field(gt=0, le=1)]] = {}
    """Share of the training meanings that a language has; a language not named has all of them."""
    paraphrases: Annotated[int, Field(ge=2, le=16)] = 5
    """Spellings in each true equivalence set."""
    ambiguous: Annotated[float, Field(ge=0, le=1)] = 0.04
    """Share of meanings with an English word (bat, crane, mouse, seal) that is ambiguous without the image."""


class Download(Section):
    """A file to fetch before its source is read."""

    url: Annotated[str, Field(pattern=r"^https?://")]
    """http(s) address."""
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    """SHA-256 of the file; a file with another one is refused and not kept."""


class Source(Section):
    """One corpus of a benchmark."""

    reader: Literal["world", "parquet", "aligned", "tsv", "opus100", "wmt10", "flores200", "nllb"]
    """Format of the corpus."""
    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]+$")] = "corpus"
    """Prefix of this source's sentence ids; sentences of different sources are never aligned with each other."""
    path: str = ""
    """File, or pattern with {language}, {src}, {tgt} or {split}, relative to data_dir unless absolute; the folder
    of opus100, wmt10, flores200 and nllb, empty for the name it has in the published archive."""
    download: dict[Annotated[str, Field(pattern=r"^[A-Za-z0-9_][A-Za-z0-9._-]*$")], Download] = {}
    """File name -> address and checksum; fetched into results/downloads, which ``path`` is then relative to.
    Archives (.tar, .tar.gz, .tgz, .zip) are unpacked while they are read; ``path`` is then a path inside them."""
    columns: dict[str, str] = {}
    """Column mapping, ours -> theirs (parquet, tsv). Multi-parallel: sentence_id, language, split, text.
    Pairwise: src_lang, tgt_lang, src, tgt, split."""
    form: Literal["parallel", "pairs"] = "parallel"
    """Rows are sentences that share ids (parallel), or pairs of sentences (pairs)."""
    header: bool = True
    """The first line of a tsv file names its columns; if not, ``columns`` maps to 0-based positions."""
    split: str | None = None
    """Split that all rows get; None keeps the column or {split} of the path (nllb: train)."""
    splits: dict[str, str] = {}
    """Splits to read, ours -> the name the files use, as ``dev: valid``; empty reads every split of a column,
    train, dev and test of a {split} in the path, and all that opus100, wmt10 and flores200 have."""
    languages: list[LanguageCode] | None = None
    """Only these languages, each of which must have rows; None takes those of the benchmark's."""
    pairs: list[tuple[LanguageCode, LanguageCode]] | None = None
    """Only these language pairs, each in the order of the files' names; None takes every language with the pivot
    and, where they are known without being named (columns, opus100), the pairs without it in splits that are
    neither train nor dev."""
    codes: dict[LanguageCode, str] = {}
    """Code the files use for a language when it is not ours, as ``deu_Latn: de``."""
    max_sentences: Annotated[int, Field(ge=1)] | None = None
    """At most this many rows of each split for each language (parallel; the same ids in all languages) or pair
    (pairs), drawn with the benchmark's seed."""
    min_score: float | None = None
    """Least LASER score of a mined pair (nllb); None keeps all."""

    @model_validator(mode="after")
    def _fits_reader(self) -> Source:
        allowed = {
            "columns": ("world", "parquet", "tsv"),
            "form": ("world", "parquet", "tsv"),
            "header": ("tsv",),
            "split": ("world", "parquet", "tsv", "aligned", "nllb"),
            "splits": ("world", "parquet", "tsv", "aligned", "opus100", "wmt10", "flores200"),
            "min_score": ("nllb",),
        }
        for key, readers in allowed.items():
            if key in self.model_fields_set and self.reader not in readers:
                raise ValueError(f"reader {self.reader} takes no {key}; it is for {', '.join(readers)}")
        if self.split is not None and self.splits:
            raise ValueError("split and splits exclude each other: one for all rows, or a choice of the files' own")
        return self


class Benchmark(Section):
    """Corpora, languages and directions that are trained and tested together."""

    languages: Annotated[list[LanguageCode], Field(min_length=2)]
    """All languages, the pivot included."""
    pivot: LanguageCode = "eng_Latn"
    """The language every supervised direction has on one side; pairs without it are zero-shot."""
    sources: Annotated[list[Source], Field(min_length=1)]
    """Corpora, read in this order."""
    seed: int = 1
    """Seed of all sampling of sentences."""
    max_characters: Annotated[int, Field(ge=1)] = 2000
    """Longer sentences are dropped and counted (characters)."""
    tests: list[str] = ["test"]
    """Splits to translate and score."""
    test_sentences: Annotated[int, Field(ge=1)] | None = None
    """Sentences of each supervised direction to translate; None translates all."""
    zero_shot_sentences: Annotated[int, Field(ge=0)] | None = None
    """Sentences of each zero-shot direction to translate; None translates all, 0 skips zero-shot."""
    high_tier: Annotated[int, Field(ge=0)] = 900_000
    """Training pairs with the pivot from which a language counts as high-resource (NRD §4.1.1)."""
    medium_tier: Annotated[int, Field(ge=0)] = 100_000
    """Training pairs with the pivot from which a language counts as medium-resource (NRD §4.1.1)."""

    @model_validator(mode="after")
    def _consistent(self) -> Benchmark:
        if self.pivot not in self.languages:
            raise ValueError(f"pivot {self.pivot!r} is not among languages")
        repeated = sorted({code for code in self.languages if self.languages.count(code) > 1})
        if repeated:
            raise ValueError(f"languages names {repeated[0]!r} twice")
        names = [source.name for source in self.sources]
        if len(set(names)) < len(names):
            twice = next(name for name in names if names.count(name) > 1)
            raise ValueError(f"two sources are named {twice!r}; each needs a name of its own")
        for source in self.sources:
            named = {*(source.languages or []), *(code for pair in source.pairs or [] for code in pair)}
            if unknown := sorted(named - set(self.languages)):
                raise ValueError(f"source {source.name!r} names {unknown[0]!r}, which is not among languages")
        if self.medium_tier > self.high_tier:
            raise ValueError("medium_tier must not be above high_tier")
        return self


class Tokens(Section):
    """The vocabulary and how batches are drawn."""

    model: str | None = None
    """An existing SentencePiece file (XLM-R's, say), relative to data_dir unless absolute; None trains one."""
    size: Annotated[int, Field(ge=40, le=1_000_000)] = 2000
    """Pieces of a vocabulary trained here."""
    type: Literal["unigram", "bpe"] = "unigram"
    """SentencePiece model type of a vocabulary trained here."""
    character_coverage: Annotated[float, Field(gt=0.9, le=1)] = 0.9999
    """Share of characters covered by single pieces in a vocabulary trained here."""
    byte_fallback: bool = False
    """Spell characters outside the vocabulary as bytes."""
    sentences: Annotated[int, Field(ge=1)] = 20_000
    """Training sentences of each language that the vocabulary is trained on, at most."""
    max_length: Annotated[int, Field(ge=4, le=1024)] = 64
    """Longest sentence in tokens, tag and end included; longer ones are left out of training, cut in tests."""


class Sampling(Section):
    """How a training draws its batches."""

    temperature: Annotated[float, Field(ge=1)] = 5.0
    """T of p ~ n^(1/T) over directions (NRD §4.3)."""
    batch_tokens: Annotated[int, Field(ge=16)] = 2048
    """Tokens of a micro-batch, padding included, on the longer side (NRD §4.3)."""
    accumulate: Annotated[int, Field(ge=1)] = 1
    """Micro-batches of one update over all processes together (NRD §4.3: 32)."""
