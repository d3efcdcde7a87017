"""What transformers' generate leaves of logits before it draws: every processor and warper that generation_config.json may name."""

import json
from pathlib import Path

from draws import model_of, save

import torch
import transformers


def some_ids(r, size, count):
    return [r.randrange(1, size) for _ in range(count)]


def fields_of(r, size, width, ends):
    """Fields of a generation_config.json."""
    sequences = lambda most: [some_ids(r, size, r.choice([1, 1, 2, 3])) for _ in range(r.randint(1, most))]
    processors = {
        "repetition_penalty": lambda: r.choice([0.7, 1.1, 1.9]), "encoder_repetition_penalty": lambda: r.choice([0.6, 1.4]),
        "no_repeat_ngram_size": lambda: r.choice([1, 2, 3]), "encoder_no_repeat_ngram_size": lambda: r.choice([1, 2, 3]),
        "bad_words_ids": lambda: sequences(8), "sequence_bias": lambda: [[ids, r.choice([-4.0, 1.5, 6.0])] for ids in sequences(6)],
        "min_length": lambda: width + r.choice([0, 1, 3]), "min_new_tokens": lambda: r.choice([1, 3, 5]),
        "forced_bos_token_id": lambda: r.randrange(size), "forced_eos_token_id": lambda: r.choice([ends[0], ends, some_ids(r, size, 2)]),
        "exponential_decay_length_penalty": lambda: [r.choice([0, 1, 3]), r.choice([0.8, 1.3, 1.05])],
        "suppress_tokens": lambda: some_ids(r, size, r.choice([1, 4])), "begin_suppress_tokens": lambda: some_ids(r, size, r.choice([1, 4])),
        "remove_invalid_values": lambda: r.maybe(), "renormalize_logits": lambda: r.maybe(),
    }
    warpers = {
        "temperature": lambda: r.choice([0.1, 0.6, 1.0, 1.5, 5.0]), "top_k": lambda: r.choice([0, 1, 3, 10, 1000]), "top_h": lambda: r.choice([0.1, 0.4, 0.9, 0.99]),
        "top_p": lambda: r.choice([0.0, 0.2, 0.6, 0.9, 1.0]), "min_p": lambda: r.choice([0.0, 0.02, 0.3, 1.0]), "typical_p": lambda: r.choice([0.1, 0.5, 0.9, 1.0]),
        "epsilon_cutoff": lambda: r.choice([0.0, 0.005, 0.05, 0.3]), "eta_cutoff": lambda: r.choice([0.0, 0.003, 0.05, 0.5]),
    }
    return {**r.some(processors, 0.15), **r.some(warpers, 0.35)}


def among_beams(r, loaded, folder, size, first, new, ids):
    """Beams draw from the sums of log-probabilities, so what is left of one step is asked of the processors themselves."""
    config = loaded.generation_config
    config.update(**config._get_default_generation_params(), defaults_only=True)
    config.max_length = first + new
    loaded._prepare_special_tokens(config, device="cpu")
    try:
        chain = loaded._get_logits_processor(config, first, encoder_input_ids=ids, device="cpu", model_kwargs={})
    except Exception as error:
        return "chances", [], [f"{type(error).__name__}: {str(error)[:90]}"]
    begin = [0] if first == 1 and len(ids[0]) != 1 else ids[0].tolist()
    columns = begin[:first] + some_ids(r, size, r.randint(0, new - 1))
    logits = (torch.randn(1, size) * r.choice([0.5, 3])).log_softmax(-1)
    scores = chain(torch.tensor([columns]), logits)
    case = {"columns": columns, "real": [1] * first, "read": ids[0].tolist(), "promptColumns": first, "capacity": first + new,
            "logits": logits[0].tolist(), "scores": [None if one == float("-inf") else one for one in scores[0].log_softmax(-1).tolist()]}
    (folder / "steps.json").write_text(json.dumps([case]))
    return "chances", [case], []


def write(r, folder: Path):
    beside = r.maybe(0.3)
    size = r.choice([12, 40, 150])
    ends = some_ids(r, size, r.choice([1, 1, 2, 3]))
    if beside:
        model = model_of("T5", "ForConditionalGeneration", vocab_size=size, d_model=8, num_layers=1, num_heads=2, d_kv=4, d_ff=9, pad_token_id=0,
                         eos_token_id=ends[0], decoder_start_token_id=0, tie_word_embeddings=False)
    else:
        model = model_of("GPT2", "LMHeadModel", vocab_size=size, n_embd=8, n_layer=1, n_head=2, n_positions=64, pad_token_id=0, eos_token_id=ends[0],
                         bos_token_id=ends[0], tie_word_embeddings=False)
    head = model.get_output_embeddings().weight
    with torch.no_grad():
        head.normal_(generator=torch.Generator().manual_seed(r.randint(0, 10**6)))
        head.mul_(r.choice([0.3, 1, 4]))
        alike = r.maybe(0.3)
        if alike:
            # Rows alike, so that several tokens score the same.
            head[size // 2 :] = head[: size - size // 2].clone()
    save(model, folder, r)
    rows = [some_ids(r, size, r.choice([1, 2, 6])) for _ in range(r.choice([1, 1, 2]))]
    width = max(map(len, rows))
    pad = lambda row, filler: row + [filler] * (width - len(row)) if beside else [filler] * (width - len(row)) + row
    ids, mask = torch.tensor([pad(row, 0) for row in rows]), torch.tensor([pad([1] * len(row), 0) for row in rows])
    first = 1 if beside else width
    fields = fields_of(r, size, first, ends)
    fields.update(do_sample=True, eos_token_id=ends if r.maybe() else ends[0], pad_token_id=0)
    if alike or isinstance(fields.get("forced_eos_token_id"), list):
        # Which of tokens that score the same these keep is left to torch's sort and topk, which differ by processor.
        for name in ("top_h", "top_p", "typical_p", "min_p", "epsilon_cutoff", "eta_cutoff"):
            fields.pop(name, None)
    new = r.choice([1, 3, 6])
    fields.update(r.choice([{"max_new_tokens": new}, {"max_length": first + new}]))
    if beside:
        fields["decoder_start_token_id"] = 0
    beams = r.maybe(0.2)
    if beams:
        fields.update(num_beams=r.choice([2, 3]))
    (folder / "generation_config.json").write_text(json.dumps(fields))
    loaded = type(model).from_pretrained(folder, attn_implementation="eager")
    torch.manual_seed(r.randint(0, 10**6))
    if beams:
        return among_beams(r, loaded, folder, size, first, new, ids)
    try:
        out = loaded.generate(ids, attention_mask=mask, output_scores=True, output_logits=True, return_dict_in_generate=True)
    except Exception as error:
        return "chances", [], [f"{type(error).__name__}: {str(error)[:90]}"]
    cases = []
    for step, (logits, scores) in enumerate(zip(out.logits, out.scores)):
        for row in range(len(rows)):
            columns = out.sequences[row, : first + step].tolist()
            # Behind its end a row is filled up, and what is drawn there counts for nothing.
            if not any(one in ends for one in columns[first:]):
                cases.append({"columns": columns, "real": (mask[row].tolist() if not beside else [1]), "read": ids[row].tolist(), "promptColumns": first,
                              "capacity": first + new, "logits": logits[row].tolist(), "scores": scores[row].log_softmax(-1).tolist()})
    finite = lambda one: None if one == float("-inf") else one
    for case in cases:
        case["scores"] = [finite(one) for one in case["scores"]]
        if not all(one == one for one in case["logits"]):
            return "chances", [], ["logits are no numbers"]
    (folder / "steps.json").write_text(json.dumps(cases))
    return "chances", cases, []
