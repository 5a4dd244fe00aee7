"""Tables of part 2."""

from __future__ import annotations

import pyarrow as pa

RUNS = pa.schema(
    [
        ("language", pa.string()),
        ("added_language", pa.string()),
        ("half", pa.bool_()),
        ("seed", pa.int64()),
        ("loss", pa.float64()),
        ("frequency_loss", pa.float64()),
        ("first_loss", pa.float64()),
        ("last_loss", pa.float64()),
        ("sentence_losses", pa.list_(pa.float32())),
        ("sentence_tokens", pa.list_(pa.int32())),
        ("updates", pa.int64()),
        ("train_tokens", pa.int64()),
        ("seconds", pa.float64()),
        ("device", pa.string()),
        ("config_hash", pa.string()),
        ("data_hash", pa.string()),
        ("commit", pa.string()),
    ]
)
"""A row for each run and language evaluated. ``added_language`` is the other one of a pair, null alone; ``half``: alone
with half of every batch. ``loss`` is nats per masked token of ``language`` after training, ``sentence_losses`` (nats,
summed over a sentence's tokens) and ``sentence_tokens`` say it sentence by sentence; ``frequency_loss`` is that of
guessing tokens by how frequent they are in the training sentences, which a model has to beat before it can be said to
read. ``first_loss`` and ``last_loss`` are the training's (nats per scored token: of its first update, and the mean of
its last tenth). ``train_tokens`` are those of ``language`` that the run saw, start and end included. ``seconds`` are of
the whole run on ``device`` and the only column that differs when a run is repeated."""

MIX_RUNS = pa.schema(
    [("mix", pa.list_(pa.string())), *(field for field in RUNS if field.name not in ("added_language", "half"))]
)
"""As RUNS, a row for each language of each ``mix``: all its languages, in alphabetical order, share every batch."""

INTERFERENCE = pa.schema(
    [
        ("language", pa.string()),
        ("added_language", pa.string()),
        ("interference", pa.float64()),
        ("dilution", pa.float64()),
        ("conflict", pa.float64()),
        ("loss_alone", pa.float64()),
        ("loss_half", pa.float64()),
        ("loss_pair", pa.float64()),
        ("ci_low", pa.float64()),
        ("ci_high", pa.float64()),
        ("interval", pa.string()),
        ("seeds", pa.int32()),
        ("measured", pa.bool_()),
        ("dilution_low", pa.float64()),
        ("dilution_high", pa.float64()),
        ("conflict_low", pa.float64()),
        ("conflict_high", pa.float64()),
    ]
)
"""A row for each ordered pair. ``interference`` = (loss_alone - loss_pair) / loss_alone (Eq. 1): negative when the
added language harms; dilution + conflict = interference, both null without exposure runs. ``interval`` says what the
interval is over: ``seeds``, ``sentences``, or ``prediction`` of a cell that was not ``measured`` (its losses null);
``ci_…`` are its bounds for the interference, the last four columns those of its parts."""

CONVERGENCE = pa.schema(
    [
        ("language", pa.string()),
        ("mean_loss", pa.float64()),
        ("loss_alone", pa.float64()),
        ("frequency_loss", pa.float64()),
        ("models", pa.int32()),
        ("lower", pa.float64()),
        ("upper", pa.float64()),
        ("outlier", pa.bool_()),
    ]
)
"""A row for each language: its mean loss over the models that cover it, nats per masked token, beside that of
guessing tokens by their frequency; an ``outlier`` lies outside ``lower`` and ``upper``, the quartiles of all languages'
means -+ 1.5 times their distance."""

ROBUSTNESS = pa.schema(
    [
        ("language", pa.string()),
        ("part", pa.string()),
        ("outliers", pa.bool_()),
        ("robustness", pa.float64()),
        ("robustness_low", pa.float64()),
        ("robustness_high", pa.float64()),
        ("friendliness", pa.float64()),
        ("friendliness_low", pa.float64()),
        ("friendliness_high", pa.float64()),
        ("partners", pa.int32()),
        ("measured", pa.float64()),
    ]
)
"""Row mean and column mean of a language. ``part`` (here and below): interference, dilution or conflict;
``outliers``: whether they are among the partners; ``measured``: share of the cells that is measured, not predicted."""

GROUPS = pa.schema(
    [
        ("by", pa.string()),
        ("part", pa.string()),
        ("row_group", pa.string()),
        ("column_group", pa.string()),
        ("mean", pa.float64()),
        ("low", pa.float64()),
        ("high", pa.float64()),
        ("row_languages", pa.int32()),
        ("column_languages", pa.int32()),
        ("cells", pa.int32()),
        ("measured", pa.float64()),
    ]
)
"""Mean of the cells whose row language is of ``row_group`` and whose column language is of ``column_group``; a null
group is all languages, so a row (group, null) is the group's robustness and (null, group) its friendliness."""

SHARING = pa.schema(
    [
        ("by", pa.string()),
        ("part", pa.string()),
        ("adjusted", pa.bool_()),
        ("within", pa.float64()),
        ("between", pa.float64()),
        ("difference", pa.float64()),
        ("difference_low", pa.float64()),
        ("difference_high", pa.float64()),
        ("explained", pa.float64()),
        ("explained_low", pa.float64()),
        ("explained_high", pa.float64()),
        ("p", pa.float64()),
        ("pairs_within", pa.int32()),
    ]
)
"""Whether measured pairs that share a family, script or resource level interfere less. ``explained`` is the share
(0 to 1) of the cells' variance that sharing explains, ``p`` the share of permutations of the languages that explain as
much; ``adjusted``: row and column effects are taken out first. The row ``script - family`` compares ``explained``."""

ASYMMETRY = pa.schema(
    [
        ("part", pa.string()),
        ("pairs", pa.int32()),
        ("mean_difference", pa.float64()),
        ("mean_difference_low", pa.float64()),
        ("mean_difference_high", pa.float64()),
        ("noise", pa.float64()),
        ("beyond_noise", pa.float64()),
        ("correlation", pa.float64()),
        ("correlation_low", pa.float64()),
        ("correlation_high", pa.float64()),
        ("rank_correlation", pa.float64()),
        ("rank_correlation_low", pa.float64()),
        ("rank_correlation_high", pa.float64()),
    ]
)
"""|I[A, B] - I[B, A]| over measured pairs, beside what the cells' intervals alone would give (``noise``), the share
of pairs that differ by more than their interval allows, and the correlation of the matrix with its transpose."""

EXPOSURE = pa.schema(
    [
        ("quantity", pa.string()),
        ("value", pa.float64()),
        ("low", pa.float64()),
        ("high", pa.float64()),
    ]
)
"""Whether the control changes the answer: ``dilution_share`` of the mean interference, ``dilution_variance`` (share of
the cells' variance), and rank correlations of interference with conflict (cells, robustness, friendliness)."""

SIMILARITY = pa.schema(
    [
        ("language", pa.string()),
        ("added_language", pa.string()),
        ("similarity", pa.float64()),
    ]
)
"""Mean cosine of the embeddings of aligned sentences, both orders of a pair."""

CORRELATION = pa.schema(
    [
        ("language", pa.string()),
        ("part", pa.string()),
        ("over", pa.string()),
        ("rank_correlation", pa.float64()),
        ("low", pa.float64()),
        ("high", pa.float64()),
        ("cells", pa.int32()),
    ]
)
"""Spearman's correlation of measured interference with similarity, ``over`` a language's ``row``, the mean of all
``rows``, or all ``cells`` at once (language null)."""

VALIDATION = pa.schema(
    [
        ("model", pa.string()),
        ("chosen", pa.bool_()),
        ("draw", pa.int32()),
        ("pairs", pa.int32()),
        ("held_out", pa.int32()),
        ("rank_correlation", pa.float64()),
        ("error", pa.float64()),
        ("coverage", pa.float64()),
        ("width", pa.float64()),
        ("confidence", pa.float64()),
    ]
)
"""Predictions of ``held_out`` pairs from ``pairs`` others, which were drawn from those measured: rank correlation and
root mean square ``error`` over cells, share of cells inside their interval, mean width of the intervals."""

HELD_OUT = pa.schema(
    [
        ("language", pa.string()),
        ("added_language", pa.string()),
        ("interference", pa.float64()),
        ("predicted", pa.float64()),
        ("low", pa.float64()),
        ("high", pa.float64()),
    ]
)
"""Cells that were measured and left out of a fit: what was measured, and the chosen model's prediction with its
interval."""

NEXT = pa.schema(
    [
        ("rank", pa.int32()),
        ("first", pa.string()),
        ("second", pa.string()),
        ("deviation", pa.float64()),
        ("remaining", pa.float64()),
    ]
)
"""Pairs to train next, best first: standard deviation of the pair's prediction, and share of the predictions' variance
that is expected to remain once this pair and those before it are trained."""

ADVICE = pa.schema(
    [
        ("rank", pa.int32()),
        ("mix", pa.list_(pa.string())),
        ("objective", pa.string()),
        ("expected", pa.float64()),
        ("expected_low", pa.float64()),
        ("expected_high", pa.float64()),
        ("proven", pa.bool_()),
        ("measured", pa.float64()),
        ("language", pa.string()),
        ("kept", pa.bool_()),
        ("interference", pa.float64()),
        ("ci_low", pa.float64()),
        ("ci_high", pa.float64()),
        ("costs_others", pa.float64()),
        ("without", pa.float64()),
    ]
)
"""A row for each language of each ``mix``, best mixes first. ``expected`` is the interference of the language that is
worst off, or the mean (``objective``); ``proven``: no mix is better, but for those before it; ``measured``: share of
its cells that is measured, not predicted. Of the language: whether it was to be ``kept``, its expected
``interference``, what it does to the others (mean over them of its part in theirs), and what is ``expected`` of the mix
``without`` it."""

ADVICE_CHECK = pa.schema(
    [
        ("mix", pa.list_(pa.string())),
        ("size", pa.int32()),
        ("language", pa.string()),
        ("expected", pa.float64()),
        ("ci_low", pa.float64()),
        ("ci_high", pa.float64()),
        ("realised", pa.float64()),
        ("loss_alone", pa.float64()),
        ("loss_mix", pa.float64()),
        ("seeds", pa.int32()),
    ]
)
"""A row for each language of each trained mix: interference that its pairs let expect, and what it was: (loss_alone -
loss_mix) / loss_alone, mean over seeds."""

ADVICE_RANKS = pa.schema(
    [
        ("objective", pa.string()),
        ("size", pa.int32()),
        ("mixes", pa.int32()),
        ("rank_correlation", pa.float64()),
        ("low", pa.float64()),
        ("high", pa.float64()),
        ("error", pa.float64()),
        ("inside", pa.float64()),
        ("confidence", pa.float64()),
    ]
)
"""Spearman's correlation of expected with realised interference over mixes of one ``size``, or null: the mean over
sizes, since to rank mixes of different sizes is too easy. ``objective``: worst or mean of the mix; language: of each
language of each mix; partners: the same less the language's mean over its mixes, so that only whom it is with counts.
Intervals are of a bootstrap over mixes; ``error``: root mean square; ``inside``: share of realised values inside their
interval."""
