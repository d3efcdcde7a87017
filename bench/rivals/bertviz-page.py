"""BertViz's head view of one text as an HTML file: its bytes, and the time it takes to make.

    python bertviz-page.py tokens file.html

The numbers are random attention of the shape that all-MiniLM-L6-v2 has (6 layers × 12 heads), so that its page has as many as heed's; the time is of
`head_view` alone, with the attention already there. stdout says version, milliseconds and bytes as JSON.
"""

import importlib.metadata
import json
import sys
import time

import torch
from bertviz import head_view

LAYERS, HEADS = 6, 12

tokens, file = int(sys.argv[1]), sys.argv[2]
torch.manual_seed(0)
attention = [torch.softmax(torch.randn(1, HEADS, tokens, tokens) * 3, -1) for _ in range(LAYERS)]
names = [f"word{n}" for n in range(tokens)]
start = time.perf_counter()
page = head_view(attention, names, html_action="return")
milliseconds = 1e3 * (time.perf_counter() - start)
html = f"<!doctype html><html><body>{page.data}</body></html>"
with open(file, "w") as out:
    out.write(html)
print(json.dumps({"version": importlib.metadata.version("bertviz"), "milliseconds": milliseconds, "bytes": len(html)}))
