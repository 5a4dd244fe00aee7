"""The same copies and the same finished run as in tests/workflow."""

from tests.workflow.conftest import again, finished, fresh

__all__ = ["again", "finished", "fresh"]
