"""The pages that the frontend's build has made, and the headers that everything is sent with."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

_ASSETS: Final = "/assets/"


class Pages:
    """Files by their names, and index.html for every other path."""

    index: str
    """The page, which is told at run time where Latchstring is, so that one build serves every environment."""

    def __init__(self, folder: str, issuer: str) -> None:
        """``folder``: what ``npm run build`` of the frontend has made."""
        root = Path(folder)
        self.index = (root / "index.html").read_text("utf-8").replace("%LATCHSTRING_ISSUER%", issuer)
        # A path is looked up among the files that there are: none can lead out of the folder.
        files = {f"/{path.relative_to(root).as_posix()}": path for path in root.rglob("*") if path.is_file()}
        # The file itself does not know yet where Latchstring is.
        self._files = {name: path for name, path in files.items() if name != "/index.html"}

    def find(self, path: str) -> Path | None:
        """The file at a path, if there is one."""
        return self._files.get(path)

    def is_page(self, path: str) -> bool:
        """Whether the path shows the page: every one that is no file, but for the files of an older build."""
        return path not in self._files and not path.startswith(_ASSETS)


def cache_control(path: str) -> str:
    """How long a file may be kept: for ever, if its name changes with what is in it."""
    return "public, max-age=31536000, immutable" if path.startswith(_ASSETS) else "no-cache"


def security_headers(issuer: str) -> Mapping[str, str]:
    """For pages that load nothing but their own files, and speak to the API and to Latchstring alone."""
    policy = [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        f"connect-src 'self' {issuer}",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
        # Vue makes a policy of that name. Pages of React, or of no framework, do with 'none'.
        "trusted-types vue",
    ]
    headers = {
        "Content-Security-Policy": "; ".join(policy),
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
        "Referrer-Policy": "same-origin",
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
    }
    if issuer.startswith("https:"):
        headers["Strict-Transport-Security"] = "max-age=63072000; includeSubDomains"
    return headers
