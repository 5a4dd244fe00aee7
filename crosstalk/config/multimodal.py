"""Part 3: layers and neurons of an image + text translator, LLaVA-NeuMT (METHODS §3)."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from crosstalk.config.base import LanguageCode, Name, Section
from crosstalk.config.training import Optimisation


class Images(Section):
    """Where the images of a benchmark's sentences are."""

    reader: Literal["world", "parquet", "files"] = "world"
    """world: drawn scenes; parquet: a table with the images' bytes; files: one image file for each line of a list, as
    Multi30K, M3-Multi30K and M3-AmbigCaps have."""
    source: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]+$")] = "corpus"
    """Name of the benchmark's source whose sentences they illustrate."""
    path: str = ""
    """parquet: the file; files: the list of a {split}, a name a line; relative to data_dir unless absolute."""
    folder: str = ""
    """files: where the images of the list are, relative to data_dir unless absolute."""
    splits: dict[str, str] = {}
    """files: splits to read, ours -> the name of the list; as those of the source."""
    columns: dict[Literal["sentence_id", "image"], str] = {}
    """parquet: columns, ours -> theirs. A sentence may have several images: trainings take them in turn, tests the
    first."""


class Captions(Section):
    """A benchmark with images: its pivot is translated into other languages."""

    images: Images = Images()
    """The images."""
    targets: list[LanguageCode] | None = None
    """Languages to translate into; None takes all of the benchmark's but the pivot."""
    test_sentences: Annotated[int, Field(ge=1)] | None = None
    """Test sentences of each language; None takes all."""
    published: Literal["", "M3-Multi30K", "M3-AmbigCaps"] = ""
    """Which of the LLaVA-NeuMT paper's benchmarks it is; the paper's scores are then shown for each language."""


class Llava(Section):
    """Shape of a small LLaVA that is built and pre-trained here."""

    image_size: Annotated[int, Field(ge=8)] = 32
    """Side of an image, pixels."""
    patch: Annotated[int, Field(ge=2)] = 16
    """Side of a patch, pixels; each becomes a token."""
    vision_width: Annotated[int, Field(ge=8)] = 64
    """Width of the vision tower (CLIP's architecture)."""
    vision_layers: Annotated[int, Field(ge=2)] = 2
    """Layers of the vision tower; features are taken from the one before the last."""
    d_model: Annotated[int, Field(ge=8)] = 128
    """Width of the language model (LLaMA's architecture)."""
    ffn: Annotated[int, Field(ge=8)] = 256
    """Hidden units of a feed-forward block."""
    heads: Annotated[int, Field(ge=1)] = 4
    """Attention heads, of the vision tower too."""
    layers: Annotated[int, Field(ge=1)] = 4
    """Layers of the language model."""
    vocabulary: Annotated[int, Field(ge=100)] = 2000
    """Tokens, trained on the captions."""

    @model_validator(mode="after")
    def _divisible(self) -> Llava:
        for key, width, parts in (
            ("d_model", self.d_model, self.heads),
            ("vision_width", self.vision_width, self.heads),
            ("image_size", self.image_size, self.patch),
        ):
            if width % parts:
                raise ValueError(f"{key} {width} is not a multiple of {parts}")
        return self


class Base(Section):
    """The image + text model that everything with LLaVA starts from."""

    folder: str | None = None
    """A LLaVA folder (transformers, safetensors, with its processor), relative to data_dir unless absolute; None builds
    a small one and pre-trains it here."""
    prompt: str = "<image>{source}{tag}"
    """What comes before a translation; {source} the sentence, {language} the target's name, {tag} its tag, a token of
    the small model's."""
    names: dict[LanguageCode, str] = {}
    """What prompts and instructions call a language; its code otherwise."""
    illustrated: Annotated[float, Field(ge=0, le=1)] = 0.4
    """Pre-training here: share of batches that have images; the others have sentences alone."""
    gaps: Annotated[float, Field(ge=0, le=1)] = 0.7
    """Pre-training here: share of words that sentences with images lack, so that they have to be seen."""
    aligned: Annotated[float, Field(ge=0, le=1)] = 0.9
    """The small model's: as ``model.aligned``."""
    shape: Llava = Llava()
    """The small model's."""


class Fusion(Section):
    """Shape of the encoder-decoders that are trained from scratch (METHODS §3)."""

    d_model: Annotated[int, Field(ge=8)] = 128
    """Width."""
    ffn: Annotated[int, Field(ge=8)] = 256
    """Hidden units of a feed-forward block."""
    heads: Annotated[int, Field(ge=1)] = 4
    """Attention heads."""
    layers: Annotated[int, Field(ge=1)] = 4
    """Layers of the encoder, and of the decoder."""
    aligned: Annotated[float, Field(ge=0, le=1)] = 0.9
    """As ``model.aligned``; not in the papers, whose corpora are larger."""


class Endpoint(Section):
    """A model that answers at an OpenAI-compatible address."""

    url: Annotated[str, Field(pattern=r"^https?://\S+$")]
    """What comes before /chat/completions, e.g. https://api.openai.com/v1."""
    model: Annotated[str, Field(min_length=1)]
    """The model's name there."""
    key: Annotated[str, Field(pattern=r"^[A-Za-z0-9_]*$")] = "OPENAI_API_KEY"
    """Environment variable that holds the key; empty for a server that wants none."""
    options: dict[str, str | float | int | bool] = {"temperature": 0, "max_tokens": 256}
    """Said with every question."""
    input_price: Annotated[float, Field(ge=0)] = 0.0
    """Price of a million tokens read, images included."""
    output_price: Annotated[float, Field(ge=0)] = 0.0
    """Price of a million tokens written."""
    ceiling: Annotated[float, Field(ge=0)] = 5.0
    """Most that a benchmark and seed may cost, in the prices' currency, with answers that are on disk; before it would
    be passed, the job stops."""
    retries: Annotated[int, Field(ge=0)] = 6
    """Times that a question is asked again when the server is busy, fails or is not reached, 1, 2, 4, ... seconds
    apart or when the server says."""
    timeout: Annotated[float, Field(gt=0)] = 120.0
    """Longest wait for an answer, seconds."""
    parallel: Annotated[int, Field(ge=1)] = 4
    """Questions asked at once."""


class System(Section):
    """One image + text translator."""

    kind: Literal["text", "gated", "concatenation", "lvp", "base", "sft", "neumt", "folder", "endpoint"]
    """text, gated, concatenation, lvp: an encoder-decoder trained from scratch, without the image or with it (gated
    fusion, region vectors beside the words, LVP-M3's visual prompt). base: the base model as it is, zero-shot. sft: all
    of its language model and projector fine-tuned. neumt: chosen neurons of chosen layers. folder, endpoint: another
    model is asked, zero-shot."""
    folder: str = ""
    """folder: an image-text model (transformers, safetensors, with its processor), relative to data_dir unless
    absolute."""
    endpoint: Endpoint | None = None
    """endpoint: where it is."""
    layers: Annotated[float, Field(gt=0, le=1)] = 0.4
    """neumt: rho, the share of layers that is trained."""
    specific: Annotated[float, Field(ge=0, le=1)] = 0.1
    """neumt: share of a layer's neurons that belong to one language; 0.1 is 1:9."""
    roles: list[Literal["agnostic", "specific"]] = ["agnostic", "specific"]
    """neumt: neurons that are trained."""
    label: str = ""
    """Name in tables; the key when empty."""
    published: str = ""
    """Name in the tables of the LLaVA-NeuMT paper; none when empty."""

    @model_validator(mode="after")
    def _placed(self) -> System:
        for kind, told in (("folder", self.folder), ("endpoint", self.endpoint)):
            if (self.kind == kind) != bool(told):
                raise ValueError(
                    f"kind {self.kind!r} with {kind} {told!r}: {kind} is for kind {kind!r}, and needed there"
                )
        return self


class Sweep(Section):
    """NeuMT at other settings, each value one system more."""

    layers: list[float] = []
    """Shares of layers (Fig. 3a); neurons 1:9."""
    specific: list[float] = []
    """Shares of specific neurons, of all layers (Fig. 3b)."""


class Statistics(Section):
    """What layers and neurons are chosen by."""

    sentences: Annotated[int, Field(ge=1)] = 200
    """Training sentences of each language that activations and gradients are taken from."""


class Multimodal(Section):
    """Part 3: what is trained and compared."""

    benchmarks: dict[Name, Captions] = {}
    """Names under benchmarks, whose sentences have images; none leaves part 3 out."""
    seeds: Annotated[list[int], Field(min_length=1)] = [1]
    """Seeds of the trainings."""
    base: Base = Base()
    """The model to start from."""
    fusion: Fusion = Fusion()
    """The encoder-decoders."""
    vision: Optimisation = Optimisation(updates=300)
    """Training of the small base model's vision tower; ``sampling.batch_tokens`` counts images."""
    pretraining: Optimisation = Optimisation(updates=800)
    """Training of the small base model."""
    scratch: Optimisation = Optimisation(updates=1000, dropout=0.3)
    """Training of the encoder-decoders."""
    tuning: Optimisation = Optimisation(updates=300)
    """Fine-tuning, of all and of chosen neurons."""
    statistics: Statistics = Statistics()
    """Choice of layers and neurons."""
    max_length: Annotated[int, Field(ge=8)] = 96
    """Longest prompt and translation together, tokens; longer ones are left out of training."""
    max_new: Annotated[int, Field(ge=1)] = 40
    """Longest translation, tokens."""
    systems: dict[Name, System] = {}
    """Systems by name."""
    sweep: Sweep = Sweep()
    """How much NeuMT depends on its settings."""
    instruction: str = (
        "Translate this caption of the image into {language}. Answer with the translation only.\n{source}"
    )
    """What models of kind folder and endpoint are asked; {source} the sentence, {language} the target's name."""
    baseline: Name = "sft"
    """System that the others are compared with."""
