"""Errors for people: what is wrong, where, and what to do."""

from collections.abc import Sequence


class EngineError(Exception):
    """Base of every error a user can cause; its text is one sentence fit to show.

    The command line prints it and exits with 2, the app shows it as a notice.
    """


class DataError(EngineError):
    """A table that can't be used: missing, unreadable or without a required column."""


class WriteError(DataError):
    """A place that can't be written: in the way, full or not allowed. What was worked out so far is kept."""


class SettingsError(EngineError):
    """A setting that is unknown, of the wrong type or out of range."""


class TrainingError(EngineError):
    """Training that can't go on: no room, or figures that are no longer finite. What was saved before is sound."""


class BundleError(EngineError):
    """A bundle that is missing, incomplete, changed since it was published or of another version."""


class UnknownId(EngineError):
    """An id that the bundle doesn't know; `nearest` holds known ids that look like it."""

    kind = "id"

    def __init__(self, unknown: str, nearest: Sequence[str] = ()) -> None:
        self.unknown = unknown
        self.nearest = list(nearest)
        hint = f"; nearest known: {', '.join(self.nearest)}" if self.nearest else ""
        super().__init__(f"unknown {self.kind} {unknown[:80]!r}{hint}")


class UnknownUser(UnknownId):
    """A user_id that neither users nor plays named when the bundle was built."""

    kind = "user_id"


class UnknownSong(UnknownId):
    """A song_id that the bundle's songs don't hold."""

    kind = "song_id"


class UnknownArtist(UnknownId):
    """A name that no artist of the bundle's songs has."""

    kind = "artist"
