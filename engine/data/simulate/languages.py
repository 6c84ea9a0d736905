"""All languages of the simulated world, by the codes that countries use."""

from collections.abc import Mapping

from engine.data.simulate import words_english, words_north, words_romance, words_scripts
from engine.data.simulate.grammar import Language

LANGUAGE_OF: Mapping[str, Language] = {
    "en": words_english.ENGLISH,
    "es": words_romance.SPANISH,
    "pt": words_romance.PORTUGUESE,
    "fr": words_romance.FRENCH,
    "de": words_north.GERMAN,
    "tr": words_north.TURKISH,
    "pl": words_north.POLISH,
    "sv": words_north.SWEDISH,
    "no": words_north.NORWEGIAN,
    "ja": words_scripts.JAPANESE,
    "ko": words_scripts.KOREAN,
    "ru": words_scripts.RUSSIAN,
    "el": words_scripts.GREEK,
    "ar": words_scripts.ARABIC,
    "hi": words_scripts.HINDI,
}
