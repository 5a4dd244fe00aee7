"""SentencePiece pieces laid out as XLM-R does, followed by one tag for each target language.

Ids: ``<s>`` 0, ``<pad>`` 1, ``</s>`` 2, ``<unk>`` 3, then the pieces (SentencePiece id + 1), ``<mask>``, tags.
"""

from __future__ import annotations

import io
import json
import shutil
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import sentencepiece

from crosstalk.artefacts import whole_folder
from crosstalk.config.data import Tokens
from crosstalk.errors import CrosstalkError

BOS, PAD, EOS, UNK = 0, 1, 2, 3
_OFFSET = 1
_FILES = ("sentencepiece.model", "languages.json")


def training_sentences(sentences: pa.Table, most: int) -> list[str]:
    """At most ``most`` texts of the train split, evenly spread over the corpus."""
    texts = sentences.filter(pc.equal(sentences["split"], "train"))["text"]
    step = max(1, -(-len(texts) // most))
    return texts.take(list(range(0, len(texts), step))).to_pylist()


def train(sentences: Iterable[str], settings: Tokens) -> bytes:
    """Train a SentencePiece model and return its serialised form.

    One thread, so that the same sentences give the same pieces everywhere.
    Raises CrosstalkError when there is too little text for ``tokens.size`` pieces.
    """
    model = io.BytesIO()
    try:
        sentencepiece.SentencePieceTrainer.train(
            sentence_iterator=_lines(sentences),
            model_writer=model,
            vocab_size=settings.size,
            model_type=settings.type,
            character_coverage=settings.character_coverage,
            byte_fallback=settings.byte_fallback,
            normalization_rule_name="nmt_nfkc",
            num_threads=1,
            minloglevel=2,
        )
    except RuntimeError as error:
        reason = str(error).splitlines()[-1].split("] ")[-1].strip()
        raise CrosstalkError(
            f"tokens.size: {settings.size} pieces cannot be trained on these corpora: {reason}"
        ) from error
    return model.getvalue()


def _lines(sentences: Iterable[str]) -> Iterator[str]:
    for sentence in sentences:
        yield sentence.replace("\n", " ")


def save(model: bytes, languages: Sequence[str], folder: Path) -> None:
    """Write the vocabulary: the SentencePiece model and the languages that have a tag, in the order of their ids."""
    with whole_folder(folder) as part:
        (part / "sentencepiece.model").write_bytes(model)
        (part / "languages.json").write_text(json.dumps(list(languages)))


def copy_vocabulary(folder: Path, to: Path) -> None:
    """Copy what ``save`` wrote into another existing folder, beside what that holds."""
    for name in _FILES:
        shutil.copyfile(folder / name, to / name)


class Vocabulary:
    """Text to ids and back.

    Attributes: ``mask`` (id), ``tags`` (language -> id), ``size`` (number of ids, tags included).
    """

    def __init__(self, model: bytes, languages: Sequence[str]) -> None:
        self._pieces = sentencepiece.SentencePieceProcessor(model_proto=model)
        self.mask = self._pieces.vocab_size() + _OFFSET
        self.tags = {language: self.mask + 1 + i for i, language in enumerate(languages)}
        self.size = self.mask + 1 + len(languages)

    @classmethod
    def load(cls, folder: str | Path) -> Vocabulary:
        """Read what ``save`` wrote; CrosstalkError when the model is damaged."""
        folder = Path(folder)
        try:
            model = (folder / "sentencepiece.model").read_bytes()
            languages = json.loads((folder / "languages.json").read_text())
            return cls(model, languages)
        except (OSError, RuntimeError, ValueError) as error:
            raise CrosstalkError(f"{folder}: not a readable vocabulary ({str(error).splitlines()[0]})") from error

    def spellings(self) -> list[str]:
        """The text that stands for each id, none twice; a tag is its language between double underscores."""
        pieces = [self._pieces.id_to_piece(i) for i in range(UNK, self._pieces.vocab_size())]
        texts = ["<s>", "<pad>", "</s>", "<unk>", *pieces, "<mask>", *(f"__{language}__" for language in self.tags)]
        # Some vocabularies have pieces that are spelled as one of the others.
        first = {text: i for i, text in reversed(list(enumerate(texts)))}
        return [text if first[text] == i else f"{text}@{i}" for i, text in enumerate(texts)]

    def encode(self, sentences: list[str]) -> list[list[int]]:
        """Ids of each sentence, without start, end or tag."""
        unknown = self._pieces.unk_id()
        return [
            [UNK if piece == unknown else piece + _OFFSET for piece in pieces]
            for pieces in self._pieces.encode(sentences, num_threads=1)
        ]

    def decode(self, rows: Sequence[Sequence[int]]) -> list[str]:
        """Text of each row up to its end; ids that are no piece (tags, padding) are left out."""
        sentences = []
        for row in rows:
            ids = list(row)
            if EOS in ids:
                ids = ids[: ids.index(EOS)]
            sentences.append([i - _OFFSET for i in ids if UNK < i < self.mask])
        return list(self._pieces.decode(sentences)) if sentences else []
