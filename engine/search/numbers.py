"""Numbers in another spelling: people type "two" for "2", and "2" for "II"."""

_WORDS = "zero one two three four five six seven eight nine ten eleven twelve".split()  # noqa: SIM905
_ROMAN = ("ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x", "xi", "xii")
_AS_WORD = {str(number): word for number, word in enumerate(_WORDS)}
_AS_ROMAN = {str(number): roman for number, roman in enumerate(_ROMAN, start=2)}
_AS_DIGIT = {word: digit for table in (_AS_WORD, _AS_ROMAN) for digit, word in table.items()}


def other_spellings(text: str) -> list[str]:
    """Give a normalised text with its numbers spelt otherwise, all of one kind at a time; often nothing.

    Where a text mixes kinds each is turned into the others: "part two 3" gives "part 2 three" and "part 2 iii".
    """
    words = text.split()
    found: list[str] = []
    for table in (_AS_WORD | _AS_DIGIT, _AS_ROMAN | _AS_DIGIT):
        turned = " ".join([table.get(word, word) for word in words])
        if turned != text and turned not in found:
            found.append(turned)
    return found
