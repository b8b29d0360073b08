"""Why a photo cannot be used: a short name that is counted, and words for people."""

from __future__ import annotations

__all__ = ["PhotoProblem"]


class PhotoProblem(Exception):
    """One photo cannot be used; `kind` is counted, `detail` says more."""

    def __init__(self, kind: str, detail: str = "") -> None:
        super().__init__(kind, detail)
        self.kind = kind
        self.detail = detail

    def __str__(self) -> str:
        return f"{self.kind} ({self.detail})" if self.detail else self.kind
