"""Pages of one text's attention, BertViz's and heed's: their bytes, and the time that BertViz's takes to make.

    pip install bertviz transformers          (and `npm run build` for heed's)
    python bertviz-page.py [words …]          numbers of words: 10 and 120 if not given
    python bertviz-page.py --lines FOLDER [words …]    for scripts/measure-lines.ts: 30, 126, 254 and 510 words

Both pages have every head of the all-MiniLM-L6-v2 in models/. BertViz is given the attention that transformers computes (`head_view`, timed alone, with
the attention already there); heed writes the page of `heed TEXT --out page.html`. One JSON line a text on stdout. With --lines the page holds the twelve heads of layer 3 alone, and the
same weights lie beside it as `output_attentions=True` gives them, for `<heed-lines>`.
"""

import importlib.metadata
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import torch
from bertviz import head_view
from safetensors.torch import save_file
from transformers import AutoTokenizer, BertModel

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "models/all-MiniLM-L6-v2"
SENTENCE = "The cat sat on the mat because it was tired."

model = BertModel.from_pretrained(FOLDER, attn_implementation="eager")
tokenizer = AutoTokenizer.from_pretrained(FOLDER)


def write_lines(folder: Path, words: int) -> None:
    own = SENTENCE.rstrip(".").split()
    text = " ".join(own[n % len(own)] for n in range(words))
    inputs = tokenizer(text, return_tensors="pt")
    with torch.no_grad():
        weights = model(**inputs, output_attentions=True).attentions[3]
    tokens = tokenizer.convert_ids_to_tokens(inputs.input_ids[0])
    page = head_view([weights], tokens, html_action="return").data
    name = f"{len(tokens):04}"
    (folder / f"{name}.html").write_text(f"<!doctype html><html><body>{page}</body></html>")
    save_file({"attentions.0": weights.contiguous()}, folder / f"{name}.safetensors", metadata={"tokens": json.dumps(tokens)})


def bertviz_page(text: str) -> tuple[str, int, float]:
    """The page, its tokens, and milliseconds."""
    inputs = tokenizer(text, return_tensors="pt")
    with torch.no_grad():
        attention = model(**inputs, output_attentions=True).attentions
    tokens = tokenizer.convert_ids_to_tokens(inputs.input_ids[0])
    start = time.perf_counter()
    page = head_view(attention, tokens, html_action="return")
    milliseconds = 1e3 * (time.perf_counter() - start)
    return f"<!doctype html><html><body>{page.data}</body></html>", len(tokens), milliseconds


def heed_page(text: str, file: Path) -> bytes:
    command = ["node", str(ROOT / "dist/cli/main.js"), text, "--out", str(file)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return file.read_bytes()


if "--lines" in sys.argv:
    at = sys.argv.index("--lines")
    folder = Path(sys.argv[at + 1])
    folder.mkdir(parents=True, exist_ok=True)
    for words in [int(argument) for argument in sys.argv[at + 2 :]] or [30, 126, 254, 510]:
        write_lines(folder, words)
    sys.exit()

with tempfile.TemporaryDirectory() as folder:
    for words in [int(argument) for argument in sys.argv[1:]] or [10, 120]:
        own = SENTENCE.rstrip(".").split()
        text = " ".join(own[n % len(own)] for n in range(words)) + "."
        page, tokens, milliseconds = bertviz_page(text)
        print(
            json.dumps(
                {
                    "words": words,
                    "tokens": tokens,
                    "bertviz": importlib.metadata.version("bertviz"),
                    "transformers": importlib.metadata.version("transformers"),
                    "bertvizMilliseconds": round(milliseconds),
                    "bertvizBytes": len(page.encode()),
                    "heedBytes": len(heed_page(text, Path(folder) / "page.html")),
                }
            )
        )
