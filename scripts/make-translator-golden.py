"""Small translators laid out as their repositories are, and a Gemma 3 that reads pictures too, with what Python makes of texts.

    pip install torch transformers==5.24.0 sentencepiece sacremoses
    python scripts/make-translator-golden.py test/field/tokenizers test/golden

Weights are random (seed 1); expected.json holds the ids and texts that generate writes greedily, or logits.
"""

import json
import shutil
import sys
from pathlib import Path

import torch
from transformers.models.auto.tokenization_auto import AutoTokenizer
from transformers.models.gemma3.configuration_gemma3 import Gemma3Config
from transformers.models.gemma3.modeling_gemma3 import Gemma3ForConditionalGeneration
from transformers.models.m2m_100.configuration_m2m_100 import M2M100Config
from transformers.models.m2m_100.modeling_m2m_100 import M2M100ForConditionalGeneration
from transformers.models.marian.configuration_marian import MarianConfig
from transformers.models.marian.modeling_marian import MarianMTModel
from transformers.models.mbart.configuration_mbart import MBartConfig
from transformers.models.mbart.modeling_mbart import MBartForConditionalGeneration

layouts, out = Path(sys.argv[1]), Path(sys.argv[2])
stacks = dict(
    d_model=12, encoder_layers=1, decoder_layers=1, encoder_attention_heads=2, decoder_attention_heads=2,
    encoder_ffn_dim=16, decoder_ffn_dim=16, max_position_embeddings=64,
)
text = "the cat sat on the mat."


def saved(folder, model):
    torch.manual_seed(1)
    for parameter in model.parameters():
        torch.nn.init.normal_(parameter, std=0.5)
    model.tie_weights()
    shutil.rmtree(folder, ignore_errors=True)
    model.eval().save_pretrained(folder)
    return model


def translator(name, layout, config, model_class, source=None, target=None):
    folder = out / name
    tokenizer = AutoTokenizer.from_pretrained(layouts / layout)
    size = max(tokenizer.get_vocab().values()) + 1 if "marian" in name else len(tokenizer) + 120
    ids = {"pad_token_id": tokenizer.pad_token_id, "eos_token_id": tokenizer.eos_token_id, "forced_eos_token_id": None}
    model = saved(folder, model_class(config(vocab_size=size, **stacks, **ids, decoder_start_token_id=tokenizer.pad_token_id if "marian" in name else 2)))
    for file in (layouts / layout).iterdir():
        if file.name not in ("config.json", "cases.jsonl"):
            shutil.copy(file, folder / file.name)
    more = {}
    if source:
        tokenizer.src_lang = source
        more["forced_bos_token_id"] = tokenizer.convert_tokens_to_ids(f"__{target}__" if "m2m" in name else target)
    given = f">>fra<< {text}" if "marian" in name else text
    inputs = tokenizer(given, return_tensors="pt")
    found = model.generate(**inputs, max_new_tokens=12, do_sample=False, num_beams=1, **more)[0].tolist()
    (folder / "expected.json").write_text(json.dumps({
        "text": given, "source": source, "target": target, "read": inputs["input_ids"][0].tolist(), "ids": found,
        "written": tokenizer.decode(found, skip_special_tokens=True),
    }, ensure_ascii=False))
    print(name, found)


translator("hub-marian", "marian-codes", MarianConfig, MarianMTModel)
translator("hub-m2m_100", "m2m_100", M2M100Config, M2M100ForConditionalGeneration, "de", "fr")
translator("hub-nllb", "nllb", M2M100Config, M2M100ForConditionalGeneration, "fra_Latn", "deu_Latn")
translator("hub-mbart50", "mbart50", MBartConfig, MBartForConditionalGeneration, "hi_IN", "fr_XX")

words = dict(
    vocab_size=30, hidden_size=12, intermediate_size=20, num_hidden_layers=2, num_attention_heads=2, num_key_value_heads=1,
    head_dim=8, sliding_window=4, max_position_embeddings=64, query_pre_attn_scalar=20,
)
pictures = dict(hidden_size=8, intermediate_size=8, num_hidden_layers=1, num_attention_heads=2, image_size=8, patch_size=4)
both = saved(out / "gemma3", Gemma3ForConditionalGeneration(Gemma3Config(text_config=words, vision_config=pictures, mm_tokens_per_image=4, image_token_index=29, boi_token_index=28, eoi_token_index=27)))
ids = [1, 5, 7, 9, 11, 13, 4, 6]
logits = both(input_ids=torch.tensor([ids])).logits[0]
(out / "gemma3" / "expected.json").write_text(json.dumps({"ids": ids, "logits": logits.flatten().tolist()}))
print("gemma3", logits[-1, :3])
