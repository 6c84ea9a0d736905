"""The engines of the search benchmark, each with the same four steps: build, save, load, search."""

import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from rapidfuzz import fuzz, process

from benchmarks.search_queries import Song
from benchmarks.search_typing import plain

CANDIDATES = 150  # that a peer's index hands to the re-ranking


class Contender(Protocol):
    """An engine under test."""

    def build(self, songs: list[Song], folder: Path) -> None:
        """Index the songs, in memory or in an empty folder."""

    def reload(self, songs: list[Song], folder: Path) -> bool:
        """Save what was built, and open it anew as another process would; False where there is nothing to save."""

    def search(self, text: str, k: int) -> list[int]:
        """Give the positions of the best `k` songs."""


class Lhydra:
    """The engine of this repository."""

    def build(self, songs: list[Song], folder: Path) -> None:
        """Build and save."""
        from engine.search import SongSearch

        self._search = SongSearch.build([title for title, _ in songs], [artist for _, artist in songs])
        self._search.save(folder)

    def reload(self, songs: list[Song], folder: Path) -> bool:
        """Map the saved arrays."""
        from engine.search import SongSearch

        self._search = SongSearch.load(folder)
        return True

    def search(self, text: str, k: int) -> list[int]:
        """Search."""
        return [hit.song_index for hit in self._search.search(text, k)]

    def sure(self, text: str) -> bool:
        """Tell whether the best hit may be what was meant."""
        hits = self._search.search(text, 1)
        return bool(hits) and hits[0].sure


class Reranked:
    """What peers share: normalised texts, and the best of four similarities over a few candidates."""

    def _prepare(self, songs: list[Song]) -> list[str]:
        self._titles = [plain(title) for title, _ in songs]
        artists = [plain(artist) for _, artist in songs]
        self._both = [f"{title} {artist}" for title, artist in zip(self._titles, artists, strict=True)]
        self._turned = [f"{artist} {title}" for title, artist in zip(self._titles, artists, strict=True)]
        return self._both

    def _rerank(self, query: str, found: Sequence[int], k: int) -> list[int]:
        if not len(found):
            return []
        both = [self._both[i] for i in found]
        scores = np.max(
            [
                process.cdist([query], both, scorer=fuzz.ratio)[0],
                process.cdist([query], [self._turned[i] for i in found], scorer=fuzz.ratio)[0] - 0.5,
                process.cdist([query], [self._titles[i] for i in found], scorer=fuzz.ratio)[0] - 1.0,
                process.cdist([query], both, scorer=fuzz.token_sort_ratio)[0] - 2.0,
            ],
            axis=0,
        )
        return [int(found[i]) for i in np.argsort(-scores, kind="stable")[:k]]


def trigrams(text: str) -> list[str]:
    """Give the distinct character trigrams of a text."""
    return list(dict.fromkeys(text[i : i + 3] for i in range(len(text) - 2)))


class Tantivy(Reranked):
    """Tantivy, character trigrams under BM25, then the re-ranking."""

    def build(self, songs: list[Song], folder: Path) -> None:
        """Index on one thread and merge."""
        import tantivy

        texts = self._prepare(songs)
        self._index = tantivy.Index(self._schema(), path=str(folder))
        self._open()
        writer = self._index.writer(200_000_000, 1)
        for place, text in enumerate(texts):
            document = tantivy.Document()
            document.add_text("text", text)
            document.add_integer("place", place)
            writer.add_document(document)
        writer.commit()
        writer.wait_merging_threads()
        self._open()

    def reload(self, songs: list[Song], folder: Path) -> bool:
        """Open the folder."""
        import tantivy

        self._index = tantivy.Index(self._schema(), path=str(folder), reuse=True)
        self._open()
        return True

    def search(self, text: str, k: int) -> list[int]:
        """Search for any of the query's trigrams."""
        from tantivy import Occur, Query

        query = plain(text)
        terms = [(Occur.Should, Query.term_query(self._index.schema, "text", gram, "freq")) for gram in trigrams(query)]
        if not terms:
            return []
        hits = self._searcher.search(Query.boolean_query(terms), CANDIDATES, count=False).hits
        places = self._searcher.fast_field_values("place", [address for _, address in hits])
        return self._rerank(query, places, k)

    @staticmethod
    def _schema() -> Any:
        import tantivy

        schema = tantivy.SchemaBuilder()
        schema.add_text_field("text", stored=False, tokenizer_name="trigrams", index_option="freq")
        schema.add_integer_field("place", stored=False, indexed=False, fast=True)
        return schema.build()

    def _open(self) -> None:
        import tantivy

        analyzer = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.ngram(3, 3, False)).build()
        self._index.register_tokenizer("trigrams", analyzer)
        self._index.reload()
        self._searcher = self._index.searcher()


class TfIdf(Reranked):
    """scikit-learn's TF-IDF over character trigrams within words, a sparse product, then the re-ranking."""

    def build(self, songs: list[Song], folder: Path) -> None:
        """Weigh every song's trigrams."""
        from sklearn.feature_extraction.text import TfidfVectorizer

        self._vectorizer = TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 3), dtype=np.float32, lowercase=False)
        self._songs = self._vectorizer.fit_transform(self._prepare(songs)).T.tocsr()

    def reload(self, songs: list[Song], folder: Path) -> bool:
        """Keep what is in memory."""
        return False

    def search(self, text: str, k: int) -> list[int]:
        """Multiply, then re-rank."""
        query = plain(text)
        similar = (self._vectorizer.transform([query]) @ self._songs).tocsr()
        if similar.nnz > CANDIDATES:
            best = np.argpartition(-similar.data, CANDIDATES)[:CANDIDATES]
            return self._rerank(query, similar.indices[best].tolist(), k)
        return self._rerank(query, similar.indices.tolist(), k)


class WRatio(Reranked):
    """rapidfuzz's WRatio over every song."""

    def build(self, songs: list[Song], folder: Path) -> None:
        """Normalise."""
        self._prepare(songs)

    def reload(self, songs: list[Song], folder: Path) -> bool:
        """Keep what is in memory."""
        return False

    def search(self, text: str, k: int) -> list[int]:
        """Compare with each song."""
        return [place for _, _, place in process.extract(plain(text), self._both, scorer=fuzz.WRatio, limit=k)]


class Fts5(Reranked):
    """SQLite's FTS5 with its trigram tokenizer under BM25, then the re-ranking."""

    def build(self, songs: list[Song], folder: Path) -> None:
        """Fill one table."""
        self._database = sqlite3.connect(folder / "songs.db")
        self._database.execute("CREATE VIRTUAL TABLE songs USING fts5(text, tokenize='trigram', content='')")
        texts = self._prepare(songs)
        with self._database:
            self._database.executemany("INSERT INTO songs(rowid, text) VALUES (?, ?)", enumerate(texts, start=1))
            self._database.execute("INSERT INTO songs(songs) VALUES ('optimize')")

    def reload(self, songs: list[Song], folder: Path) -> bool:
        """Open the file."""
        self._database.close()
        self._database = sqlite3.connect(folder / "songs.db")
        return True

    def search(self, text: str, k: int) -> list[int]:
        """Search for any of the query's trigrams."""
        query = plain(text)
        grams = " OR ".join(f'"{gram}"' for gram in trigrams(query))
        if not grams:
            return []
        rows = self._database.execute(
            "SELECT rowid FROM songs WHERE songs MATCH ? ORDER BY rank LIMIT ?", (grams, CANDIDATES)
        )
        return self._rerank(query, [row - 1 for (row,) in rows], k)


class Milli:
    """Meilisearch's engine as it comes."""

    def build(self, songs: list[Song], folder: Path) -> None:
        """Add documents as they are."""
        import milli

        self._index = milli.Index(str(folder), 8 << 30)
        self._index.add_documents(
            [{"id": place, "title": title, "artist": artist} for place, (title, artist) in enumerate(songs)]
        )

    def reload(self, songs: list[Song], folder: Path) -> bool:
        """Keep it open: it is memory-mapped as it is."""
        return False

    def search(self, text: str, k: int) -> list[int]:
        """Search with its own ranking rules."""
        return [int(self._index.get_document(found)["id"]) for found in self._index.search(text)[:k]]


CONTENDERS: dict[str, type] = {
    "lhydra": Lhydra,
    "tantivy": Tantivy,
    "tfidf": TfIdf,
    "fts5": Fts5,
    "milli": Milli,
    "wratio": WRatio,
}
