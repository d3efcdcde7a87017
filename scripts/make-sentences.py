"""Writes test/tasks/<case>: tiny sentence encoders and cross-encoders, and what sentence-transformers answers with them.

    pip install torch==2.13.0 transformers==5.24.0 sentence-transformers==6.2.0
    python scripts/make-sentences.py                      # every case
    python scripts/make-sentences.py sentence-subfolders  # some cases

Answers are always those of the folder as written, loaded again.
"""

import json
import logging
import shutil
import sys
import tempfile
import warnings
from pathlib import Path

import torch
import transformers
from sentence_transformers import CrossEncoder, SentenceTransformer, SparseEncoder
from sentence_transformers.cross_encoder.modules import LogitScore
from sentence_transformers.sentence_transformer.modules import Dense, LayerNorm, Normalize, Pooling, Transformer
from sentence_transformers.sparse_encoder.modules import MLMTransformer, Router, SparseStaticEmbedding, SpladePooling
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
from torch import nn
from transformers import PreTrainedTokenizerFast

HOME = Path(__file__).parent.parent / "test" / "tasks"
TEXTS = [
    "The cat sat on the mat because it was tired.",
    "No.",
    "Hugo Wolf lived in Vienna, Austria.",
    "I have never liked cheese, though everybody else at this table does.",
    "A dog was tired.",
]
PAIRS = [
    [TEXTS[0], TEXTS[4]],
    ["No.", TEXTS[3]],
    [TEXTS[2], "Who lived in Vienna?"],
]
PROMPTS = {"query": "query: ", "passage": "A passage about the cat: ", "document": ""}
CORPUS = TEXTS + [text for pair in PAIRS for text in pair] + list(PROMPTS.values())
WIDTH = 12


# Tokenizers, trained on the texts above.


def bert_tokenizer(lowercase=True, **more):
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=lowercase)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    names = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    tokenizer.train_from_iterator(
        CORPUS, trainers.WordPieceTrainer(vocab_size=90, special_tokens=names, show_progress=False)
    )
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]",
        pair="[CLS] $A [SEP] $B:1 [SEP]:1",
        special_tokens=[("[CLS]", 2), ("[SEP]", 3)],
    )
    tokenizer.decoder = decoders.WordPiece()
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        pad_token="[PAD]", unk_token="[UNK]", cls_token="[CLS]", sep_token="[SEP]", mask_token="[MASK]",
        **{"model_max_length": 64, **more},
    )  # fmt: skip


def byte_tokenizer(names, processor, **more):
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.train_from_iterator(
        CORPUS, trainers.BpeTrainer(vocab_size=110, special_tokens=names, show_progress=False)
    )
    tokenizer.post_processor = processor
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, **{"model_max_length": 60, **more})


def roberta_tokenizer(**more):
    names = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
    processor = processors.RobertaProcessing(("</s>", 2), ("<s>", 0), add_prefix_space=False)
    return byte_tokenizer(
        names, processor,
        bos_token="<s>", eos_token="</s>", cls_token="<s>", sep_token="</s>", pad_token="<pad>",
        unk_token="<unk>", mask_token="<mask>", **more,
    )  # fmt: skip


def plain_tokenizer(ends=False, **more):
    names = ["<|end|>", "<|pad|>"]
    processor = (
        processors.TemplateProcessing(single="$A <|end|>", special_tokens=[("<|end|>", 0)])
        if ends
        else processors.ByteLevel(trim_offsets=False)
    )
    return byte_tokenizer(names, processor, eos_token="<|end|>", pad_token="<|pad|>", **more)


# Transformers, with random weights; norms too, so that errors do not hide.


def filled(model):
    torch.manual_seed(7)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            mean = 1.0 if parameter.dim() == 1 and "norm" in name.lower() and "weight" in name else 0.0
            parameter.copy_(mean + 0.4 * torch.randn_like(parameter))
    return model.eval()


def bert(kind="BertModel", **more):
    config = transformers.BertConfig(
        vocab_size=90, hidden_size=WIDTH, num_hidden_layers=2, num_attention_heads=2,
        intermediate_size=16, max_position_embeddings=64, **more,
    )  # fmt: skip
    return filled(getattr(transformers, kind)(config))


def roberta(kind="RobertaModel", **more):
    config = transformers.RobertaConfig(
        vocab_size=110, hidden_size=WIDTH, num_hidden_layers=1, num_attention_heads=2,
        intermediate_size=16, max_position_embeddings=66, type_vocab_size=1, pad_token_id=1, **more,
    )  # fmt: skip
    return filled(getattr(transformers, kind)(config))


def distilbert():
    config = transformers.DistilBertConfig(
        vocab_size=90, dim=WIDTH, n_layers=1, n_heads=2, hidden_dim=16, max_position_embeddings=64
    )
    return filled(transformers.DistilBertModel(config))


def distilbert_words():
    config = transformers.DistilBertConfig(
        vocab_size=90, dim=WIDTH, n_layers=1, n_heads=2, hidden_dim=16, max_position_embeddings=64
    )
    return filled(transformers.DistilBertForMaskedLM(config))


def xlnet(kind, **more):
    config = transformers.XLNetConfig(vocab_size=90, d_model=WIDTH, n_layer=1, n_head=3, d_inner=16, **more)
    return filled(getattr(transformers, kind)(config))


def llama(kind="LlamaModel", **more):
    config = transformers.LlamaConfig(
        vocab_size=110, hidden_size=WIDTH, num_hidden_layers=2, num_attention_heads=3, intermediate_size=16,
        num_key_value_heads=1, max_position_embeddings=64, pad_token_id=1, bos_token_id=0, eos_token_id=0, **more,
    )  # fmt: skip
    return filled(getattr(transformers, kind)(config))


def gpt2(kind="GPT2Model"):
    config = transformers.GPT2Config(
        vocab_size=110, n_embd=WIDTH, n_layer=1, n_head=2, n_positions=64, pad_token_id=1, eos_token_id=0
    )
    return filled(getattr(transformers, kind)(config))


def t5(kind="T5EncoderModel"):
    config = transformers.T5Config(
        vocab_size=110, d_model=WIDTH, d_kv=6, d_ff=16, num_layers=2, num_heads=2, pad_token_id=1, eos_token_id=0,
        decoder_start_token_id=1,
    )  # fmt: skip
    return filled(getattr(transformers, kind)(config))


# Folders.


def write_transformer(folder, model, tokenizer):
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)


def sentence(folder, model, tokenizer, modules, **settings):
    with tempfile.TemporaryDirectory() as base:
        write_transformer(base, model, tokenizer)
        SentenceTransformer(modules=[Transformer(base), *map(filled, modules)], device="cpu", **settings).save(
            str(folder), create_model_card=False
        )


def edit(file, **changes):
    fields = json.loads(file.read_text()) if file.exists() else {}
    fields.update(changes)
    file.write_text(json.dumps({key: value for key, value in fields.items() if value is not ...}, indent=1))


def older(folder, flags=()):
    """Class paths, flags and settings as releases before 5 wrote them."""
    modules = json.loads((folder / "modules.json").read_text())
    for module in modules:
        module["type"] = "sentence_transformers.models." + module["type"].split(".")[-1]
    (folder / "modules.json").write_text(json.dumps(modules, indent=1))
    names = ["cls_token", "mean_tokens", "max_tokens", "mean_sqrt_len_tokens", "weightedmean_tokens", "lasttoken"]
    pooling = {"word_embedding_dimension": WIDTH, **{f"pooling_mode_{name}": name in flags for name in names}}
    (folder / "1_Pooling" / "config.json").write_text(json.dumps(pooling, indent=1))
    (folder / "sentence_bert_config.json").write_text('{"max_seq_length": 20, "do_lower_case": false}')


def sentence_cases(folder, texts=TEXTS, names=(None,), **options):
    model = SentenceTransformer(str(folder), device="cpu")
    cases = []
    for name in names:
        given = {**options, **({"prompt_name": name} if name else {})}
        vectors = model.encode(texts, **given)
        cases.append({"task": "sentence-embedding", "input": texts, "options": given, "expected": vectors.tolist()})
        alike = model.similarity(vectors, vectors)
        cases.append({"task": "sentence-similarity", "input": texts, "options": given, "expected": alike.tolist()})
    return cases


def pair_cases(folder, pairs=PAIRS):
    scores = CrossEncoder(str(folder), device="cpu").predict(pairs)
    return [{"task": "text-pair-score", "input": pairs, "options": {}, "expected": scores.tolist()}]


# Cases: from a folder to the questions asked of it.


def dense(folder):
    modules = [
        Pooling(WIDTH, "mean"),
        Dense(WIDTH, 10),
        Dense(10, 8, bias=False, activation_function=nn.Identity()),
        Dense(8, 9, activation_function=nn.GELU()),
    ]
    sentence(folder, bert(), bert_tokenizer(), modules, similarity_fn_name="dot")
    return sentence_cases(folder)


def dense_activations(folder):
    modules = [
        Pooling(WIDTH, "mean"),
        Dense(WIDTH, WIDTH, activation_function=nn.PReLU()),
        Dense(WIDTH, 10, activation_function=nn.Softsign(), use_residual=True),
        Dense(10, 9, activation_function=nn.SELU()),
    ]
    sentence(folder, bert(), bert_tokenizer(), modules)
    return sentence_cases(folder)


def dense_own_code(folder):
    """Code that nobody vouched for: sentence-transformers takes Tanh."""
    sentence(folder, bert(), bert_tokenizer(), [Pooling(WIDTH, "mean"), Dense(WIDTH, 8, activation_function=nn.GELU())])
    edit(folder / "2_Dense/config.json", activation_function="my_code.Swirl")
    return sentence_cases(folder)


def layer_norm(folder):
    sentence(folder, bert(), bert_tokenizer(), [Pooling(WIDTH, "cls"), LayerNorm(WIDTH), Normalize()])
    return sentence_cases(folder)


def two_poolings(folder):
    modules = [Pooling(WIDTH, ("lasttoken", "mean")), Dense(2 * WIDTH, 10, activation_function=nn.ReLU()), Normalize()]
    sentence(folder, distilbert(), bert_tokenizer(), modules, similarity_fn_name="euclidean")
    return sentence_cases(folder)


def all_poolings_older(folder):
    sentence(folder, bert(), bert_tokenizer(), [Pooling(WIDTH, "mean")], similarity_fn_name="manhattan")
    flags = ["cls_token", "mean_tokens", "max_tokens", "mean_sqrt_len_tokens", "weightedmean_tokens", "lasttoken"]
    older(folder, flags)
    return sentence_cases(folder)


def left(model, modes):
    def write(folder):
        tokenizer = plain_tokenizer(padding_side="left", ends=True)
        sentence(folder, model(), tokenizer, [Pooling(WIDTH, modes)])
        return sentence_cases(folder)

    return write


def left_bert(folder):
    modules = [Pooling(WIDTH, ("weightedmean", "cls", "lasttoken", "max"))]
    sentence(folder, bert(), bert_tokenizer(padding_side="left"), modules)
    # More than one batch: padded positions tell which texts were computed together.
    return sentence_cases(folder, [text + " No." * (n % 3) for n in range(7) for text in TEXTS])


def left_roberta(folder):
    modules = [Pooling(WIDTH, ("weightedmean", "cls", "lasttoken"))]
    sentence(folder, roberta(), roberta_tokenizer(padding_side="left"), modules)
    return sentence_cases(folder)


def right_gpt2(folder):
    sentence(folder, gpt2(), plain_tokenizer(padding_side="right"), [Pooling(WIDTH, ("lasttoken", "mean"))])
    return sentence_cases(folder)


def subfolders(folder):
    modules = [Pooling(WIDTH, "mean"), Dense(WIDTH, 10), Normalize()]
    sentence(folder, bert(), bert_tokenizer(), modules)
    older(folder, ["mean_tokens"])
    inner = folder / "0_Transformer"
    inner.mkdir()
    for file in list(folder.iterdir()):
        if file.is_file() and file.name not in ("modules.json", "config_sentence_transformers.json"):
            file.rename(inner / file.name)
    lines = json.loads((folder / "modules.json").read_text())
    lines[0]["path"] = "0_Transformer"
    (folder / "modules.json").write_text(json.dumps(lines, indent=1))
    dense = folder / "2_Dense"
    from safetensors.torch import load_file

    torch.save(load_file(dense / "model.safetensors"), dense / "pytorch_model.bin")
    (dense / "model.safetensors").unlink()
    shutil.rmtree(folder / "3_Normalize")
    return sentence_cases(folder)


def prompts_left_out(folder):
    modes = ("cls", "max", "mean", "mean_sqrt_len_tokens", "weightedmean", "lasttoken")
    modules = [Pooling(WIDTH, modes, include_prompt=False)]
    sentence(folder, bert(), bert_tokenizer(), modules, prompts=PROMPTS, default_prompt_name="query")
    return sentence_cases(folder, names=(None, "passage", "document")) + sentence_cases(folder, prompt="tired: ")


def prompts_left_out_left(folder):
    modules = [Pooling(WIDTH, ("cls", "mean", "weightedmean", "lasttoken"), include_prompt=False)]
    sentence(folder, llama(), plain_tokenizer(padding_side="left"), modules, prompts=PROMPTS)
    return sentence_cases(folder, names=(None, "query", "passage"))


def cut_roberta(folder):
    sentence(folder, roberta(), roberta_tokenizer(), [Pooling(WIDTH, "mean"), Normalize()], prompts=PROMPTS)
    older(folder, ["mean_tokens"])
    edit(folder / "sentence_bert_config.json", max_seq_length=9)
    (folder / "sentence_bert_config.json").rename(folder / "sentence_roberta_config.json")
    return sentence_cases(folder, names=(None, "query"))


def t5_encoder(folder):
    modules = [Pooling(WIDTH, "mean"), Dense(WIDTH, 10, bias=False, activation_function=nn.Identity()), Normalize()]
    sentence(folder, t5(), plain_tokenizer(ends=True), modules)
    return sentence_cases(folder)


def t5_whole(folder):
    sentence(folder, t5(), plain_tokenizer(ends=True), [Pooling(WIDTH, ("mean", "cls"))])
    write_transformer(folder, t5("T5ForConditionalGeneration"), plain_tokenizer(ends=True))
    return sentence_cases(folder)


def lower_case(folder):
    sentence(folder, bert(), bert_tokenizer(lowercase=False), [Pooling(WIDTH, "mean")])
    edit(folder / "sentence_bert_config.json", do_lower_case=True)
    return sentence_cases(folder, [text.upper() for text in TEXTS[:2]] + TEXTS)


def truncated(folder):
    sentence(folder, bert(), bert_tokenizer(), [Pooling(WIDTH, "mean"), Normalize()], truncate_dim=5)
    return sentence_cases(folder) + sentence_cases(folder, normalize_embeddings=True, truncate_dim=7)


def residual(folder):
    modules = [
        Dense(WIDTH, WIDTH, use_residual=True, module_input_name="token_embeddings"),
        Normalize("token_embeddings"),
        Pooling(WIDTH, "mean"),
        Dense(WIDTH, 10, use_residual=True, activation_function=nn.SiLU()),
    ]
    sentence(folder, bert(), bert_tokenizer(), modules)
    return sentence_cases(folder)


def under_a_head(folder):
    sentence(folder, bert(), bert_tokenizer(), [Pooling(WIDTH, "cls")])
    write_transformer(folder, bert("BertForMaskedLM"), bert_tokenizer())
    return sentence_cases(folder)


def no_modules(make, tokenizer):
    def write(folder):
        write_transformer(folder, make(), tokenizer())
        return sentence_cases(folder)

    return write


def cross_encoder(make, tokenizer, **config):
    def write(folder):
        write_transformer(folder, make(), tokenizer())
        edit(folder / "config.json", **config)
        return pair_cases(folder)

    return write


def cross_encoder_prompt(folder):
    with tempfile.TemporaryDirectory() as base:
        write_transformer(base, bert("BertForSequenceClassification", num_labels=1), bert_tokenizer())
        CrossEncoder(base, device="cpu", prompts=PROMPTS, default_prompt_name="query", max_length=16,
                     activation_fn=nn.Tanh()).save_pretrained(str(folder))  # fmt: skip
    (folder / "README.md").unlink(missing_ok=True)
    return pair_cases(folder)


# Templates of chats: a content that is a text, or a list of parts; roles of pairs, or none.
CHAT = "{% for m in messages %}<|end|>{{ m['role'] }}: {{ m['content'] }}{% endfor %}{% if add_generation_prompt %}<|end|>it is{% endif %}<|end|>{{ last or '.' }}"
PARTS = "{% for m in messages %}{{ m['role'] }}{% for part in m['content'] %}{% if part['type'] == 'text' %}: {{ part['text'] }}{% endif %}{% endfor %}<|end|>{% endfor %}"
PAIR = "{% for m in messages %}{% if m['role'] == 'system' %}{{ m['content'] }}{% elif m['role'] == 'query' %}Who: {{ m['content'] }}{% elif m['role'] == 'document' %} That: {{ m['content'] }}{% endif %}{% endfor %}<|end|>because"
LONG = TEXTS + [" ".join(TEXTS)]


def messages(template, modes, processing=None, **settings):
    """A decoder with a chat template: sentence-transformers 6 puts every text into it, and cuts what it wrote."""

    def write(folder):
        tokenizer = plain_tokenizer(padding_side="left")
        tokenizer.chat_template = template
        with tempfile.TemporaryDirectory() as base:
            write_transformer(base, llama(), tokenizer)
            transformer = Transformer(base, processing_kwargs=processing)
            SentenceTransformer(modules=[transformer, Pooling(WIDTH, modes)], device="cpu", **settings).save(str(folder), create_model_card=False)
        return sentence_cases(folder, LONG, names=(None, "query") if "prompts" in settings else (None,))

    return write


def no_modules_messages(folder):
    tokenizer = plain_tokenizer(padding_side="left")
    tokenizer.chat_template = CHAT
    write_transformer(folder, llama("LlamaForCausalLM"), tokenizer)
    return sentence_cases(folder, LONG)


def bart(kind="BartModel", **more):
    config = transformers.BartConfig(
        vocab_size=110, d_model=WIDTH, encoder_layers=1, decoder_layers=1, encoder_attention_heads=2, decoder_attention_heads=3,
        encoder_ffn_dim=16, decoder_ffn_dim=16, max_position_embeddings=64, pad_token_id=1, bos_token_id=0, eos_token_id=2,
        decoder_start_token_id=2, forced_eos_token_id=2, **more,
    )  # fmt: skip
    return filled(getattr(transformers, kind)(config))


def mobilebert():
    config = transformers.MobileBertConfig(
        vocab_size=90, hidden_size=WIDTH, embedding_size=WIDTH, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16,
        intra_bottleneck_size=8, num_feedforward_networks=1, max_position_embeddings=64,
    )  # fmt: skip
    return filled(transformers.MobileBertModel(config))


def sentence_mobilebert(folder):
    """Its last token's vector is made of what stands behind it, padding too."""
    sentence(folder, mobilebert(), bert_tokenizer(), [Pooling(WIDTH, "mean")])
    return sentence_cases(folder)


def sentence_bart(folder):
    """BartModel reads the text with both stacks: the vectors are the decoder's."""
    sentence(folder, bart(), roberta_tokenizer(), [Pooling(WIDTH, ("mean", "cls"))])
    return sentence_cases(folder)


def pairs_through(template, make, task, scores=(), **settings):
    """A cross-encoder whose pairs are messages of a chat, or one that scores by the words a language model would write next."""

    def write(folder):
        tokenizer = plain_tokenizer(padding_side="left")
        tokenizer.chat_template = template
        with tempfile.TemporaryDirectory() as base:
            write_transformer(base, make(), tokenizer)
            modules = [Transformer(base, transformer_task=task), *scores]
            CrossEncoder(modules=modules, device="cpu", **settings).save_pretrained(str(folder))
        (folder / "README.md").unlink(missing_ok=True)
        return pair_cases(folder, PAIRS + [[" ".join(TEXTS), TEXTS[2]]])

    return write


def yes_or_no(folder):
    """A language model that nobody saved as a cross-encoder."""
    names = ["<|end|>", "<|pad|>", "yes", "no"]
    tokenizer = byte_tokenizer(names, processors.ByteLevel(trim_offsets=False), eos_token="<|end|>", pad_token="<|pad|>")
    tokenizer.chat_template = PAIR
    write_transformer(folder, llama("LlamaForCausalLM"), tokenizer)
    return pair_cases(folder)


def sparse(make, tokenizer, transformer, pooling, older=None, **settings):
    """A masked language model whose logits weigh the words of its vocabulary (SPLADE)."""

    def write(folder):
        with tempfile.TemporaryDirectory() as base:
            write_transformer(base, make(), tokenizer())
            SparseEncoder(modules=[transformer(base), pooling], device="cpu", **settings).save(str(folder), create_model_card=False)
        if older:
            older(folder)
        return sparse_cases(folder, names=(None, "query") if "prompts" in settings else (None,))

    return write


def sparse_older(folder):
    """As naver's and opensearch's repositories have them."""
    for module in (file := json.loads((folder / "modules.json").read_text())):
        module["type"] = "sentence_transformers.sparse_encoder.models." + module["type"].split(".")[-1]
    (folder / "modules.json").write_text(json.dumps(file, indent=1))
    (folder / "sentence_bert_config.json").write_text('{"max_seq_length": 20, "do_lower_case": false}')
    (folder / "1_SpladePooling/config.json").write_text('{"pooling_strategy": "max", "activation_function": "log1p_relu", "word_embedding_dimension": 90}')
    edit(folder / "config_sentence_transformers.json", prompts={}, similarity_fn_name="dot")


def sparse_routes(folder):
    """Queries by the words they have alone, documents by a pass, as opensearch's encoders do; saved as sentence-transformers does."""
    with tempfile.TemporaryDirectory() as base:
        write_transformer(base, bert("BertForMaskedLM"), bert_tokenizer(model_max_length=20))
        transformer = MLMTransformer(base)
        torch.manual_seed(8)
        words = SparseStaticEmbedding(transformer.tokenizer, weight=torch.rand(len(transformer.tokenizer)) * 5, frozen=True)
        router = Router.for_query_document(query_modules=[words], document_modules=[transformer, SpladePooling("max", "log1p_relu")])
        SparseEncoder(modules=[router], device="cpu", similarity_fn_name="dot").save(str(folder), create_model_card=False)
    return sparse_cases(folder, (None,), [{"task": "query"}, {"task": "document"}, {"task": "query", "max_active_dims": 3}])


def sparse_routes_at_the_top(folder):
    """The transformer at the top of the repository, its ways named by a mapping, none where no task is named."""
    sparse_routes(folder)
    inner = folder / "document_0_MLMTransformer"
    for file in list(inner.iterdir()):
        file.rename(folder / file.name)
    inner.rmdir()
    config = json.loads((folder / "router_config.json").read_text())
    name = "document_0_MLMTransformer"
    config["types"][""] = config["types"].pop(name)
    config["structure"]["document"][0] = ""
    config["structure"] = {"words": config["structure"]["query"], "pass": config["structure"]["document"]}
    config["parameters"] = {"default_route": None, "allow_empty_key": False, "route_mappings": {"('query', None)": "words", "('document', 'text')": "pass"}}
    (folder / "router_config.json").write_text(json.dumps(config, indent=1))
    return sparse_cases(folder, (), [{"task": "query"}, {"task": "document"}, {"task": "words"}])


def sparse_cases(folder, names, more=()):
    model = SparseEncoder(str(folder), device="cpu")
    cases = []
    cut = [{"max_active_dims": 7}] if names else []
    for given in [*({"prompt_name": name} if name else {} for name in names), *cut, *more]:
        vectors = model.encode(LONG, convert_to_sparse_tensor=False, **given)
        cases.append({"task": "sentence-embedding", "input": LONG, "options": given, "expected": vectors.tolist()})
        alike = model.similarity(vectors, vectors)
        cases.append({"task": "sentence-similarity", "input": LONG, "options": given, "expected": alike.tolist()})
    return cases


LABELS = {"num_labels": 3}
CASES = {
    "sparse-routes": sparse_routes,
    "sparse-routes-at-the-top": sparse_routes_at_the_top,
    "sparse-bert": sparse(lambda: bert("BertForMaskedLM"), bert_tokenizer, lambda base: Transformer(base, transformer_task="fill-mask"), SpladePooling("max"), prompts=PROMPTS),
    "sparse-older": sparse(lambda: bert("BertForMaskedLM"), bert_tokenizer, MLMTransformer, SpladePooling("max"), sparse_older),
    "sparse-sum-roberta": sparse(lambda: roberta("RobertaForMaskedLM"), roberta_tokenizer, MLMTransformer, SpladePooling("sum", "log1p_relu")),
    "sparse-distilbert-left": sparse(distilbert_words, lambda: bert_tokenizer(padding_side="left"), MLMTransformer, SpladePooling("sum")),
    "sentence-messages": messages(CHAT, ("lasttoken",), prompts=PROMPTS),
    "sentence-messages-parts": messages(PARTS, ("mean", "lasttoken"), {"chat_template": {"add_generation_prompt": True}}),
    "sentence-messages-open": messages(CHAT, ("lasttoken",), {"chat_template": {"add_generation_prompt": True, "last": "why", "restore_suffix": False}}),
    "sentence-no-modules-messages": no_modules_messages,
    "sentence-bart": sentence_bart,
    "sentence-mobilebert": sentence_mobilebert,
    "cross-encoder-bart": cross_encoder(lambda: bart("BartForSequenceClassification", num_labels=1), roberta_tokenizer),
    "cross-encoder-messages": pairs_through(PAIR, lambda: llama("LlamaForSequenceClassification", num_labels=1), "sequence-classification", prompts=PROMPTS),
    "cross-encoder-logits": pairs_through(PAIR, lambda: llama("LlamaForCausalLM"), "text-generation", [LogitScore(40, 41)]),
    "cross-encoder-logits-left": pairs_through(None, lambda: gpt2("GPT2LMHeadModel"), "text-generation", [LogitScore(50)], activation_fn=nn.Identity()),
    "cross-encoder-yes-or-no": yes_or_no,
    "sentence-dense": dense,
    "sentence-dense-activations": dense_activations,
    "sentence-dense-own-code": dense_own_code,
    "sentence-layer-norm": layer_norm,
    "sentence-two-poolings": two_poolings,
    "sentence-all-poolings-older": all_poolings_older,
    "sentence-left-llama": left(llama, ("weightedmean", "lasttoken", "mean")),
    "sentence-left-gpt2": left(gpt2, ("weightedmean", "lasttoken", "cls")),
    "sentence-left-bert": left_bert,
    "sentence-left-roberta": left_roberta,
    "sentence-right-gpt2": right_gpt2,
    "sentence-subfolders": subfolders,
    "sentence-prompts-left-out": prompts_left_out,
    "sentence-prompts-left-out-left": prompts_left_out_left,
    "sentence-cut-roberta": cut_roberta,
    "sentence-t5": t5_encoder,
    "sentence-t5-whole": t5_whole,
    "sentence-lower-case": lower_case,
    "sentence-truncated": truncated,
    "sentence-residual": residual,
    "sentence-under-a-head": under_a_head,
    "sentence-no-modules": no_modules(bert, bert_tokenizer),
    "sentence-no-modules-causal": no_modules(lambda: llama("LlamaForCausalLM"), plain_tokenizer),
    "cross-encoder-roberta": cross_encoder(
        lambda: roberta("RobertaForSequenceClassification", num_labels=1), roberta_tokenizer
    ),
    "cross-encoder-roberta-three": cross_encoder(
        lambda: roberta("RobertaForSequenceClassification", **LABELS), lambda: roberta_tokenizer(model_max_length=14)
    ),
    "cross-encoder-older": cross_encoder(
        lambda: bert("BertForSequenceClassification", num_labels=1),
        lambda: bert_tokenizer(model_max_length=12),
        sbert_ce_default_activation_function="torch.nn.modules.linear.Identity",
    ),
    "cross-encoder-three-sigmoid": cross_encoder(
        lambda: bert("BertForSequenceClassification", **LABELS),
        bert_tokenizer,
        sentence_transformers={"activation_fn": "torch.nn.modules.activation.Sigmoid", "version": "4.0.1"},
    ),
    "cross-encoder-log-softmax": cross_encoder(
        lambda: bert("BertForSequenceClassification", **LABELS),
        bert_tokenizer,
        sentence_transformers={"activation_fn": "torch.nn.modules.activation.LogSoftmax", "version": "4.0.1"},
    ),
    "cross-encoder-own-code": cross_encoder(
        lambda: bert("BertForSequenceClassification", num_labels=1),
        bert_tokenizer,
        sentence_transformers={"activation_fn": "code_of.its_own.Activation", "version": "4.0.1"},
        sbert_ce_default_activation_function="torch.nn.modules.activation.Tanh",
    ),
    "cross-encoder-xlnet": cross_encoder(
        lambda: xlnet("XLNetForSequenceClassification", num_labels=1),
        lambda: bert_tokenizer(model_input_names=["input_ids", "token_type_ids", "attention_mask"]),
    ),
    "cross-encoder-prompt": cross_encoder_prompt,
}


def main(wanted):
    logging.disable(logging.WARNING)
    warnings.simplefilter("ignore")
    unknown = set(wanted) - set(CASES)
    if unknown:
        sys.exit(f"no case {', '.join(sorted(unknown))}; there are {', '.join(sorted(CASES))}")
    for name in wanted or CASES:
        folder = HOME / name
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        cases = CASES[name](folder)
        tasks = {"format": "heed-tasks-1", "by": "sentence-transformers 6.2.0, torch 2.13.0", "cases": cases}
        (folder / "tasks.json").write_text(json.dumps(tasks))
        size = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
        print(f"{name}: {size / 1000:.0f} kB")


main(sys.argv[1:])
