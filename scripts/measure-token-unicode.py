"""Adds to test/tokens/unicode.json what else depends on the Unicode tables of the Rust `tokenizers` library.

    pip install tokenizers==0.23.3 && python scripts/measure-token-unicode.py test/tokens/unicode.json

combining_class: {class: ranges}, by letting NFD sort two marks; word and numeric: what the
pre-tokenizers Whitespace and Digits take for such; grapheme_extend, grapheme_control and grapheme_prepend: by a Precompiled normalizer with a one-key charsmap, which replaces a whole grapheme cluster of fewer than six bytes.
"""

import json
import sys
import unicodedata

from tokenizers import normalizers, pre_tokenizers

CODE_POINTS = [c for c in range(0x110000) if not 0xD800 <= c <= 0xDFFF]


def charsmap(key: bytes, replacement: bytes) -> bytes:
    """A Darts double array that holds one key: the unit of depth d stands at block d (256 units each)."""
    units = {0: 256 << 10 | 0}
    position = 0
    for depth, byte in enumerate(key):
        base = 256 * (depth + 1)
        units[position] = units.get(position, 0) & 0x1FF | (position ^ base) << 10
        position = base ^ byte
        units[position] = byte
    leaf = 256 * (len(key) + 1)
    units[position] |= (position ^ leaf) << 10 | 1 << 8
    units[leaf] = 0x80000000
    array = b"".join(units.get(i, 0).to_bytes(4, "little") for i in range(leaf + 256))
    return len(array).to_bytes(4, "little") + array + replacement + b"\0"


def ranges(members):
    found = []
    for c in members:
        if found and found[-1][1] == c - 1:
            found[-1][1] = c
        else:
            found.append([c, c])
    return found


def combining_classes():
    nfd = normalizers.NFD()
    lowest, highest = "\u0334", "\u0345"  # classes 1 and 240
    swaps = lambda first, second: first != second and nfd.normalize_str(first + second) == second + first
    is_mark = lambda c: nfd.normalize_str(c) == c and (swaps(highest, c) or swaps(c, lowest))
    marks = [chr(c) for c in CODE_POINTS if is_mark(chr(c))]
    probes = {unicodedata.combining(mark): mark for mark in reversed(marks)}
    classes = {}
    for mark in sorted(set(marks)):
        of = [known for known, probe in probes.items() if not swaps(mark, probe) and not swaps(probe, mark)]
        assert len(of) == 1, (hex(ord(mark)), of)
        classes.setdefault(of[0], []).append(ord(mark))
    return {str(known): ranges(members) for known, members in sorted(classes.items())}


def main(path):
    letter = normalizers.Precompiled(charsmap(b"a", b"X"))
    mark = normalizers.Precompiled(charsmap("\u0340".encode(), b"Z"))
    assert letter.normalize_str("bac") == "bXc" and mark.normalize_str("b\u0340\u0301") == "bZ\u0301"
    with open(path) as file:
        tables = json.load(file)
    tables["combining_class"] = combining_classes()
    words, digits = pre_tokenizers.Whitespace(), pre_tokenizers.Digits(individual_digits=True)
    pieces = lambda splitter, text: len(splitter.pre_tokenize_str(text))
    tables["word"] = ranges(c for c in CODE_POINTS if pieces(words, "a" + chr(c) + "b") == 1)
    tables["numeric"] = ranges(c for c in CODE_POINTS if pieces(digits, "a" + chr(c)) == 2)
    tables["grapheme_extend"] = ranges(c for c in CODE_POINTS if letter.normalize_str("a" + chr(c)) == "X")
    tables["grapheme_prepend"] = ranges(
        c for c in CODE_POINTS if letter.normalize_str(chr(c) + "a\u0301") == chr(c) + "X\u0301"
    )
    tables["grapheme_control"] = ranges(
        c for c in CODE_POINTS if "\u0301" not in mark.normalize_str(chr(c) + "\u0340\u0301")
    )
    with open(path, "w") as file:
        file.write("{\n" + ",\n".join(f" {json.dumps(k)}: {json.dumps(v)}" for k, v in tables.items()) + "\n}\n")


main(sys.argv[1])
