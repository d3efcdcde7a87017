"""What the scripts share that write folders as repositories lay them out."""

import json

import torch
from safetensors.torch import save_file


def put(path, value):
    """Writes bytes or a text as they are, all else as JSON."""
    path.parent.mkdir(exist_ok=True)
    if isinstance(value, bytes):
        path.write_bytes(value)
    else:
        path.write_text(value if isinstance(value, str) else json.dumps(value, indent=1, ensure_ascii=False) + "\n")


def put_weights(folder, tensors, is_pickle):
    """Writes weights as the repository has them: safetensors, or PyTorch's pickle in its place."""
    if is_pickle:
        (folder / "model.safetensors").unlink()
        torch.save(tensors, folder / "pytorch_model.bin")
    else:
        save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})


def rounded(tensor):
    """The numbers of a tensor, with seven digits behind the point."""
    return json.loads(json.dumps(tensor.tolist()), parse_float=lambda text: round(float(text), 7))
