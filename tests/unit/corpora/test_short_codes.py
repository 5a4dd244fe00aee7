from __future__ import annotations

import pytest

from crosstalk.corpora.short_codes import language
from crosstalk.errors import CrosstalkError

KNOWN = ["deu_Latn", "fra_Latn", "zho_Hans", "zho_Hant", "qaa_Latn"]


@pytest.mark.parametrize(
    ("given", "meant"),
    [("deu_Latn", "deu_Latn"), ("deu", "deu_Latn"), ("de", "deu_Latn"), ("fr", "fra_Latn"), ("qaa", "qaa_Latn")],
)
def test_a_code_and_its_short_forms(given, meant):
    assert language(given, KNOWN) == meant


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("zho", "language 'zho' may be zho_Hans or zho_Hant; give one of these"),
        ("deu_latn", "unknown language 'deu_latn'; did you mean 'deu_Latn'?"),
        ("en", "unknown language 'en'; known: deu_Latn, fra_Latn, qaa_Latn, zho_Hans, zho_Hant"),
    ],
)
def test_others_are_told_in_one_line(given, told):
    with pytest.raises(CrosstalkError) as raised:
        language(given, KNOWN)
    assert str(raised.value) == told
