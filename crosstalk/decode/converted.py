"""Translating with CTranslate2: models written in its form, and the beam search of ``decode.search`` over them."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from pathlib import Path

import ctranslate2
from tqdm import tqdm

from crosstalk.config.nrd import Decode
from crosstalk.decode.limits import Rows, longest_output
from crosstalk.errors import CrosstalkError
from crosstalk.models.named import BartForConditionalGeneration
from crosstalk.tokens.vocabulary import BOS, EOS, PAD, UNK


def convert(
    model: BartForConditionalGeneration, spellings: Sequence[str], folder: Path, quantization: str | None = None
) -> None:
    """Write ``model`` as it is now (masks folded in) into an existing folder, float32 or of a ``quantization``.

    ``spellings`` stand for the ids, in their order. CTranslate2's own converter wants a tokenizer of transformers,
    which our vocabulary is not.
    """
    from ctranslate2.converters.transformers import BartLoader
    from ctranslate2.specs import TransformerSpec
    from ctranslate2.specs.common_spec import Activation

    # Weights are quantized where they lie.
    if quantization or model.device.type != "cpu":
        model = copy.deepcopy(model).cpu()
    shape, loader = model.config, BartLoader()
    # The loader's own way asks for keys that configurations of BART no longer have.
    spec = TransformerSpec.from_config(
        (shape.encoder_layers, shape.decoder_layers),
        shape.encoder_attention_heads,
        pre_norm=False,
        activation=Activation.GELU,
        layernorm_embedding=True,
    )
    loader.set_encoder(spec.encoder, model.model.encoder)
    loader.set_decoder(spec.decoder, model.model.decoder)
    loader.set_linear(spec.decoder.projection, model.lm_head)
    spec.decoder.projection.bias = model.final_logits_bias[0]
    spec.register_source_vocabulary(list(spellings))
    spec.register_target_vocabulary(list(spellings))
    spec.config.bos_token, spec.config.eos_token, spec.config.unk_token = (spellings[i] for i in (BOS, EOS, UNK))
    # The decoder's first id is given with each sentence.
    spec.config.decoder_start_token = None
    spec.validate()
    spec.optimize(quantization)
    spec.save(str(folder))


class Converted:
    """A folder that ``convert`` wrote, ready to translate."""

    def __init__(self, folder: str | Path, spellings: Sequence[str], longest: int, device: str, threads: int) -> None:
        """``longest`` is the model's number of positions; on a CPU (``device`` cpu, cuda or auto) as many batches as
        ``threads`` are translated at once, each by one, so that their number changes no sum.

        Raises CrosstalkError when the folder is missing or damaged, or the vocabulary is another one's.
        """
        self._spellings, self._longest = list(spellings), longest
        self._ids = {spelling: i for i, spelling in enumerate(self._spellings)}
        workers = {"inter_threads": 1} if device == "cuda" else {"inter_threads": threads, "intra_threads": 1}
        try:
            self._translator = ctranslate2.Translator(str(folder), device=device, **workers)
        except (RuntimeError, ValueError) as error:
            reason = str(error).splitlines()[0]
            raise CrosstalkError(
                f"{folder}: not a readable CTranslate2 folder ({reason}); it may be truncated"
            ) from error

    def beam_search(
        self, sources: Rows, starts: Sequence[int], settings: Decode, batch: int, name: str
    ) -> list[list[int]]:
        """Best hypothesis of each source, as ``search.beam_search`` gives it.

        A batch has one longest output, so it holds sentences of the same; and a score is divided by the length with
        the end, as in transformers, which takes that the end is asked for.

        Raises CrosstalkError when the device cannot be used.
        """
        groups: dict[int, list[int]] = {}
        for i, source in enumerate(sources):
            groups.setdefault(longest_output(len(source), settings, self._longest), []).append(i)
        pending = []
        for most, chosen in sorted(groups.items(), reverse=True):
            found = self._translator.translate_batch(
                [[self._spellings[i] for i in sources[k].tolist()] for k in chosen],
                target_prefix=[[self._spellings[starts[k]]] for k in chosen],
                max_batch_size=batch,
                asynchronous=True,
                beam_size=settings.beam,
                length_penalty=settings.length_penalty,
                return_end_token=True,
                max_input_length=0,
                max_decoding_length=most - 1,
                min_decoding_length=0,
            )
            pending += list(zip(chosen, found, strict=True))
        results: list[list[int]] = [[] for _ in sources]
        for i, waiting in tqdm(pending, desc=name, unit="sentence", mininterval=2, disable=not name):
            row = [self._ids[token] for token in _told(waiting)]
            results[i] = row[: row.index(EOS)] if EOS in row else [token for token in row if token != PAD]
        return results


def _told(waiting: ctranslate2.AsyncTranslationResult) -> list[str]:
    try:
        best: list[str] = waiting.result().hypotheses[0]
        return best
    except RuntimeError as error:
        # Libraries of a GPU are looked for when they are first used.
        reason = str(error).splitlines()[0]
        raise CrosstalkError(f"CTranslate2 cannot use this device ({reason}); take the CPU, or transformers") from error
