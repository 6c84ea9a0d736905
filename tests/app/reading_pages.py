"""How tests of the app read a page."""

from collections.abc import Callable

from streamlit.testing.v1 import AppTest

HOSTILE = [
    "<script>alert(1)</script>",
    "[x](http://evil.example)",
    "$latex$ costs $5",
    ":material/home: :red[x]",
    "**bold** `code`",
]

Open = Callable[..., AppTest]


def said(app: AppTest) -> str:
    """What a page says, as it reads: without the escapes that keep text from being markup."""
    return words(app).replace("\\", "").replace("\u2060", "")


def words(app: AppTest) -> str:
    """All that a page says, notices and button labels too."""
    kinds = (app.title, app.header, app.subheader, app.markdown, app.caption, app.info, app.button)
    return "\n".join(str(getattr(e, "label", None) or e.value) for kind in kinds for e in kind)
