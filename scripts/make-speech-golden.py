"""Writes test/golden/hub-whisper: a tiny Whisper laid out as openai/whisper-tiny's repository is, a sound, and what transformers makes of it.

    pip install torch==2.13.0 transformers==5.24.0
    python scripts/make-speech-golden.py

speech.json holds what `generate` and the pipeline write; features.safetensors the features of the sound, in double precision until the logarithm
(WhisperFeatureExtractor's own way without torch).
"""

import json
import shutil
import wave
from pathlib import Path

import numpy as np
import torch
import transformers
from safetensors.torch import save_file
from tokenizers.pre_tokenizers import ByteLevel
from transformers import (
    AddedToken, GenerationConfig, WhisperConfig, WhisperFeatureExtractor, WhisperForConditionalGeneration, WhisperProcessor, WhisperTokenizer,
)
from transformers.models.whisper.modeling_whisper import sinusoids

from golden_trace import random_weights

HOME = Path(__file__).parent.parent / "test" / "golden" / "hub-whisper"
WORDS = "the cat sat on mat because it was tired and then dog ran to house of my friend who said hello world".split()
SECONDS = 1
POSITIONS = 50


def tokenizer():
    """Bytes, and words that merges make of them; Whisper's own tokens behind."""
    vocab = {letter: number for number, letter in enumerate(sorted(ByteLevel.alphabet()))}
    merges = []
    for word in WORDS:
        made = "Ġ"
        for letter in word:
            if made + letter not in vocab:
                merges.append((made, letter))
                vocab[made + letter] = len(vocab)
            made += letter
    found = WhisperTokenizer(vocab=vocab, merges=merges)
    special = ["<|startoftranscript|>", "<|en|>", "<|de|>", "<|ja|>", "<|translate|>", "<|transcribe|>", "<|startoflm|>", "<|startofprev|>", "<|nospeech|>", "<|notimestamps|>"]
    found.add_tokens([AddedToken(token, special=True, normalized=False) for token in special])
    found.add_tokens([AddedToken(f"<|{step * 0.02:.2f}|>", special=False, normalized=False) for step in range(POSITIONS + 1)])
    return found


def sound():
    """2.2 seconds: tones that glide, a pause, noise."""
    rate = 16000
    t = np.arange(int(2.2 * rate)) / rate
    noise = np.random.RandomState(0).randn(len(t))
    tone = 0.4 * np.sin(2 * np.pi * (180 + 260 * t) * t) * (np.sin(7 * t) > -0.3) + 0.05 * noise * (t > 1.2)
    return (np.clip(tone, -1, 1) * 32767).astype("<i2")


def main():
    torch.set_num_threads(1)
    shutil.rmtree(HOME, ignore_errors=True)
    HOME.mkdir()
    tokens = tokenizer()
    ids = lambda *names: [tokens.convert_tokens_to_ids(name) for name in names]
    end, start, silent = ids("<|endoftext|>", "<|startoftranscript|>", "<|notimestamps|>")
    config = WhisperConfig(
        vocab_size=len(tokens), num_mel_bins=80, d_model=16, encoder_layers=2, decoder_layers=2, encoder_attention_heads=2, decoder_attention_heads=2,
        encoder_ffn_dim=24, decoder_ffn_dim=24, max_source_positions=POSITIONS, max_target_positions=32, pad_token_id=end, bos_token_id=end, eos_token_id=end,
        decoder_start_token_id=start, begin_suppress_tokens=[ids("Ġ")[0], end], suppress_tokens=[1, 2, 7], median_filter_width=5,
    )
    # Words, a few letters and signs: other bytes would be parts of characters.
    kept = {tokens.convert_tokens_to_ids(letter) for letter in "abcdeist.,!('-\"Ġ"}
    bytes_left_out = [number for number in range(256) if number not in kept]
    torch.manual_seed(3)
    model = WhisperForConditionalGeneration(config).eval()

    def initialise(name, parameter, normal):
        if "encoder.embed_positions" in name:
            parameter.copy_(sinusoids(*parameter.shape))
            return True
        if "encoder_attn.q_proj.weight" in name:
            normal(parameter, 1.2)
            return True
        return False

    random_weights(model, 8, initialise)
    model.generation_config = GenerationConfig(
        alignment_heads=[[0, 1], [1, 0], [1, 1]], begin_suppress_tokens=[ids("Ġ")[0], end], bos_token_id=end, decoder_start_token_id=start, eos_token_id=end,
        forced_decoder_ids=[[1, None], [2, ids("<|transcribe|>")[0]]], is_multilingual=True, lang_to_id=dict(zip(("<|en|>", "<|de|>", "<|ja|>"), ids("<|en|>", "<|de|>", "<|ja|>"))),
        max_initial_timestamp_index=20, max_length=32, no_timestamps_token_id=silent, pad_token_id=end, prev_sot_token_id=ids("<|startofprev|>")[0], return_timestamps=False,
        # No pair of tokens twice: weights by chance would write one word for ever.
        no_repeat_ngram_size=2, suppress_tokens=[*bytes_left_out, *ids("<|translate|>", "<|transcribe|>", "<|startoflm|>", "<|startofprev|>", "<|nospeech|>", "<|startoftranscript|>", "<|en|>", "<|de|>", "<|ja|>")],
        task_to_id=dict(zip(("transcribe", "translate"), ids("<|transcribe|>", "<|translate|>"))),
    )
    extractor = WhisperFeatureExtractor(chunk_length=SECONDS)
    model.save_pretrained(HOME)
    WhisperProcessor(extractor, tokens).save_pretrained(HOME)
    as_published(extractor, tokens)
    data = sound()
    with wave.open(str(HOME / "sound.wav"), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(16000)
        file.writeframes(data.tobytes())
    samples = data.astype(np.float32) / 32768
    save_file({"features": features_of(extractor, samples[: 16000 * SECONDS])}, HOME / "features.safetensors")
    # What is recorded is what transformers makes of the files as they are written.
    model = WhisperForConditionalGeneration.from_pretrained(HOME, attn_implementation="eager").eval()
    cases = [case_of(model, tokens, extractor, *asked) for asked in ASKED]
    made_by = {"transformers": transformers.__version__, "torch": torch.__version__.split("+")[0]}
    (HOME / "speech.json").write_text(json.dumps({**made_by, "cases": cases}, ensure_ascii=False, indent=1) + "\n")
    for file in HOME.iterdir():
        file.chmod(0o644)


def features_of(extractor, samples):
    return torch.from_numpy(extractor._np_extract_fbank_features(samples[None], "cpu")[0].astype(np.float32))


def as_published(extractor, tokens):
    """Files that older repositories have, by the names they have there."""
    (HOME / "processor_config.json").unlink(missing_ok=True)
    extractor.save_pretrained(HOME)
    vocab = dict(sorted(tokens.get_vocab().items(), key=lambda item: item[1]))
    plain = {token: number for token, number in vocab.items() if not token.startswith("<|")}
    (HOME / "vocab.json").write_text(json.dumps(plain, ensure_ascii=False))
    (HOME / "added_tokens.json").write_text(json.dumps({token: number for token, number in vocab.items() if token.startswith("<|")}))
    (HOME / "normalizer.json").write_text(json.dumps({"colour": "color"}))
    merges = json.loads((HOME / "tokenizer.json").read_text())["model"]["merges"]
    (HOME / "merges.txt").write_text("#version: 0.2\n" + "".join(f"{' '.join(pair) if isinstance(pair, list) else pair}\n" for pair in merges))


ASKED = [
    (0.7, {}, "none"), (0.7, {}, "words"), (0.7, {"language": "german", "task": "translate"}, "segments"), (0.7, {"language": "en", "num_beams": 3}, "none"),
    (1.0, {"language": "en"}, "words"), (1.0, {"language": "ja"}, "segments"), (2.2, {}, "segments"), (2.2, {"language": "en"}, "words"),
]


def case_of(model, tokens, extractor, seconds, asked, timestamps):
    """What `generate` writes of the first seconds of the sound, and what the pipeline makes of that."""
    samples = sound()[: round(seconds * 16000)].astype(np.float32) / 32768
    is_long = seconds > SECONDS
    inputs = extractor(samples, sampling_rate=16000, return_tensors="pt", return_attention_mask=True, **({"truncation": False, "padding": "longest"} if is_long else {}))
    made = model.generate(
        inputs.input_features, attention_mask=inputs.attention_mask, return_timestamps=timestamps != "none", return_segments=True,
        return_token_timestamps=timestamps == "words", **asked,
    )
    segments = made["segments"][0]
    found = {"tokens": made["sequences"]}
    if timestamps == "words":
        found["token_timestamps"] = [torch.cat([one["token_timestamps"] for one in segments])]
    kind = {"none": None, "segments": True, "words": "word"}[timestamps]
    text, more = tokens._decode_asr([found], return_timestamps=kind, return_language=None, time_precision=extractor.chunk_length / POSITIONS)
    case = {"seconds": seconds, "asked": asked, "timestamps": timestamps, "text": text}
    case["segments"] = [{"start": float(one["start"]), "end": float(one["end"]), "ids": one["tokens"].tolist()} for one in segments]
    if timestamps == "words":
        case["words"] = [{"text": one["text"], "timestamp": one["timestamp"]} for one in more["chunks"]]
    return case


if __name__ == "__main__":
    main()
