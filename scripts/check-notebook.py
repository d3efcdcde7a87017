"""Runs examples/attention.ipynb with the embedded model in place of the hub's, and keeps the file it saves as test/docs/attention.safetensors,
which the tests draw in a browser. Run: python scripts/check-notebook.py (torch, transformers, safetensors, anywidget, nbclient, ipykernel)"""

import tempfile
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from safetensors import safe_open
from safetensors.numpy import save_file

root = Path(__file__).parent.parent
hub_id = "sentence-transformers/all-MiniLM-L6-v2"

notebook = nbformat.read(root / "examples/attention.ipynb", as_version=4)
with tempfile.TemporaryDirectory() as folder:
    for cell in notebook.cells:
        cell.source = cell.source.replace(hub_id, str(root / "models/all-MiniLM-L6-v2"))
    NotebookClient(notebook, timeout=120, resources={"metadata": {"path": folder}}).execute()
    saved = Path(folder) / "attention.safetensors"
    # The path of this machine is no part of what is kept.

    with safe_open(saved, "np") as file:
        arrays = {name: file.get_tensor(name) for name in file.keys()}
        metadata = {**file.metadata(), "model": hub_id}
    save_file(arrays, root / "test/docs/attention.safetensors", metadata=metadata)

shapes, widget, weight = [cell.outputs[-1].data for cell in notebook.cells if cell.cell_type == "code"]
assert shapes["text/plain"] == "(6, (1, 12, 13, 13))", shapes
assert "application/vnd.jupyter.widget-view+json" in widget, widget
assert weight["text/plain"] == "0.4915", weight
print("the notebook runs: a widget, and 0.4915 from it to cat in L3H1")
