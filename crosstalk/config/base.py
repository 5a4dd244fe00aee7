"""What every section shares: unknown keys are refused, values are not changed after loading."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints


class Section(BaseModel):
    """A part of the configuration."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True, protected_namespaces=())


LanguageCode = Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}(_[A-Z][a-z]{3})?$")]
"""A FLORES-200 code such as ``deu_Latn``; the world uses private codes ``qaa_Latn`` ... ``qtz_Deva``."""

Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_-]*$")]
"""A name that becomes part of a path: lower-case letters, digits, underscore, hyphen."""
