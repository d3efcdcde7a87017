"""Writes cases.jsonl and decode.jsonl for a tokenizer, with the Rust `tokenizers` library as the judge.

    pip install tokenizers==0.23.3
    python scripts/make-token-cases.py tokenizer.json out-folder --count 1000 --seed 1 [--patch variant.json]

The texts are harsh: random code points, marks, jamo, joined emoji, right-to-left scripts, control characters, odd
spaces, and the tokenizer's own added tokens in the middle of it all. A vocab.txt in place of tokenizer.json is read as
BERT's. The format is that of test/tokens.
"""

import argparse
import json
import pathlib
import random

from tokenizers import AddedToken, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors

RANGES = [(0x20, 0x7E)] * 6 + [(0xA0, 0x24F)] * 3 + [
    (0, 0x1F), (0x7F, 0x9F), (0x2B0, 0x2FF), (0x300, 0x36F), (0x300, 0x36F), (0x370, 0x3FF), (0x400, 0x52F), (0x531, 0x58F),
    (0x590, 0x6FF), (0x600, 0x61F), (0x700, 0x8FF), (0x900, 0xDFF), (0xE00, 0xFFF), (0x1000, 0x10FF), (0x1100, 0x11FF),
    (0x1200, 0x1CFF), (0x1D00, 0x1DFF), (0x1E00, 0x1FFF), (0x2000, 0x206F), (0x2000, 0x206F), (0x2070, 0x2BFF), (0x2C00, 0x2FFF),
    (0x3000, 0x30FF), (0x3040, 0x30FF), (0x3100, 0x33FF), (0x3400, 0x9FFF), (0xA000, 0xABFF), (0xAC00, 0xD7A3), (0xAC00, 0xD7FB),
    (0xE000, 0xF8FF), (0xF900, 0xFAFF), (0xFB00, 0xFDFF), (0xFE00, 0xFE6F), (0xFE70, 0xFFFF), (0xFF00, 0xFFEF),
    (0x10000, 0x11FFF), (0x12000, 0x1CFFF), (0x1D000, 0x1DFFF), (0x1E000, 0x1EFFF), (0x1F000, 0x1FAFF), (0x1F1E6, 0x1F1FF),
    (0x20000, 0x323AF), (0x2F800, 0x2FA1F), (0xE0000, 0xE01EF), (0xF0000, 0x10FFFF),
]
BITS = """the cat sat on mat because it was tired don't I'll we've they're 'S 'T THE Straße İstanbul ΣΑΣ ΟΔΥΣΣΕΥΣ ﬁ ﬀ ½ ² ™ ℡ ㍿
𠀀 漢字 カ゛ が ガ ﾊﾟ 한국어 각 각 👩‍👩‍👧 👍🏽 🇫🇷 e\u0301 a\u0323\u0302 a\u0302\u0323 \u0344 \u0f73\u0f71 \u1100\u1161\u0301 \u0600a \u200d \u200c \ufeff
\u00ad \u0085 \u2028 \u3000 \u00a0 \u180e \r\n \n \t \x00 \x01 \ufffd `` '' ' '' n't . , ! ? -- … 3.14 12345 ١٢٣ ४५ Ⅻ ＡＢＣ ａ\u0301 ①\u0301 ▁ ▁▁ Ġ <0x41> ## ##s
שלום مرحبا لا ﷺ ไทย กำ नमस्ते क्ष क़ தமிழ் \U0001d400\U0001d7d8 \u1e9b\u0323 \u212b \u2126 \uac00\u11a8 ©\u200d™\u0301 \u0958\u0301""".split(" ")


def random_text(rng, added):
    def piece():
        kind = rng.random()
        if kind < 0.35:
            return rng.choice(BITS)
        if kind < 0.45:
            return " " * rng.randint(1, 3)
        if kind < 0.52 and added:
            return rng.choice(["", " ", "  ", "\n"]) + rng.choice(added) + rng.choice(["", " ", "x"])
        if kind < 0.57:
            return rng.choice(BITS) * rng.randint(2, 40)
        low, high = rng.choice(RANGES)
        characters = (rng.randint(low, high) for _ in range(rng.randint(1, 6)))
        return "".join(chr(c) for c in characters if not 0xD800 <= c <= 0xDFFF)

    return rng.choice(["", " "]).join(piece() for _ in range(rng.randint(0, 14)))


def merge_patch(target, patch):
    if not isinstance(patch, dict):
        return patch
    target = dict(target) if isinstance(target, dict) else {}
    for key, value in patch.items():
        if value is None:
            target.pop(key, None)
        else:
            target[key] = merge_patch(target.get(key), value)
    return target


def find(value, key):
    if isinstance(value, dict):
        if isinstance(value.get(key), str):
            return value[key]
        value = list(value.values())
    return next((found for part in value if (found := find(part, key))), None) if isinstance(value, list) else None


def stand_in(value, charsmap):
    if isinstance(value, dict):
        return {key: stand_in(part, charsmap) for key, part in value.items()}
    if isinstance(value, list):
        return [stand_in(part, charsmap) for part in value]
    return {"$null": None, "$charsmap": charsmap}.get(value, value) if isinstance(value, str) else value


def from_vocabulary(path):
    vocabulary = {line.rstrip("\n"): i for i, line in enumerate(open(path, encoding="utf-8"))}
    tokenizer = Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece()
    tokenizer.add_special_tokens(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"])
    tokenizer.post_processor = processors.BertProcessing(("[SEP]", vocabulary["[SEP]"]), ("[CLS]", vocabulary["[CLS]"]))
    return tokenizer


def load(path, patch):
    if path.suffix == ".txt":
        return from_vocabulary(path), []
    definition = json.loads(path.read_text())
    if patch:
        charsmap = find(definition.get("normalizer"), "precompiled_charsmap")
        kept = "\0null"
        wanted = json.loads(pathlib.Path(patch).read_text())["patch"]
        text = json.dumps(wanted).replace('"$null"', json.dumps(kept))
        definition = merge_patch(definition, stand_in(json.loads(text), charsmap))
        definition = json.loads(json.dumps(definition).replace(json.dumps(kept), "null"))
    tokenizer = Tokenizer.from_str(json.dumps(definition))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer, [token["content"] for token in definition.get("added_tokens", [])]


def utf16(text):
    places = [0]
    for c in text:
        places.append(places[-1] + (2 if ord(c) > 0xFFFF else 1))
    return places


def encode_case(tokenizer, rng, added):
    text = random_text(rng, added)
    pair = random_text(rng, added) if rng.random() < 0.15 else None
    special = rng.random() < 0.7
    got = tokenizer.encode(text, pair, add_special_tokens=special)
    places = [utf16(text), utf16(pair or "")]
    case = {"group": "random", "text": text}
    if pair is not None:
        case["pair"] = pair
    return {
        **case,
        "add_special_tokens": special,
        "ids": got.ids,
        "tokens": got.tokens,
        "offsets_utf16": [[places[s or 0][a], places[s or 0][b]] for (a, b), s in zip(got.offsets, got.sequence_ids)],
        "sequence_ids": got.sequence_ids,
        "word_ids": got.word_ids,
        "type_ids": got.type_ids,
        "special_mask": got.special_tokens_mask,
        "decoded": tokenizer.decode(got.ids, skip_special_tokens=True),
    }


def decode_case(tokenizer, rng, ids):
    size = tokenizer.get_vocab_size()
    kind = rng.random()
    if kind < 0.4 and ids:
        start = rng.randrange(len(ids))
        chosen = ids[start : start + rng.randint(1, 12)]
    else:
        chosen = [rng.randrange(size if kind < 0.7 else min(size, 400)) for _ in range(rng.randint(0, 12))]
    skip = rng.random() < 0.5
    return {"ids": chosen, "skip_special_tokens": skip, "decoded": tokenizer.decode(chosen, skip_special_tokens=skip)}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tokenizer", type=pathlib.Path)
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--patch")
    parser.add_argument("--name", default="")
    given = parser.parse_args()
    rng = random.Random(given.seed)
    tokenizer, added = load(given.tokenizer, given.patch)
    given.out.mkdir(parents=True, exist_ok=True)
    cases = [encode_case(tokenizer, rng, added) for _ in range(given.count)]
    decoded = [decode_case(tokenizer, rng, rng.choice(cases)["ids"]) for _ in range(given.count)]
    for kind, lines in [("cases", cases), ("decode", decoded)]:
        with open(given.out / f"{given.name}{kind}.jsonl", "w") as file:
            file.writelines(json.dumps(line, separators=(",", ":")) + "\n" for line in lines)


main()
