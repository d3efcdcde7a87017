const model = {
  name: "all-MiniLM-L6-v2",
  files: {
    "1_Pooling/config.json": "{\n  \"word_embedding_dimension\": 384,\n  \"pooling_mode_cls_token\": false,\n  \"pooling_mode_mean_tokens\": true,\n  \"pooling_mode_max_tokens\": false,\n  \"pooling_mode_mean_sqrt_len_tokens\": false\n}",
    "config.json": "{\n  \"_name_or_path\": \"nreimers/MiniLM-L6-H384-uncased\",\n  \"architectures\": [\n    \"BertModel\"\n  ],\n  \"attention_probs_dropout_prob\": 0.1,\n  \"gradient_checkpointing\": false,\n  \"hidden_act\": \"gelu\",\n  \"hidden_dropout_prob\": 0.1,\n  \"hidden_size\": 384,\n  \"initializer_range\": 0.02,\n  \"intermediate_size\": 1536,\n  \"layer_norm_eps\": 1e-12,\n  \"max_position_embeddings\": 512,\n  \"model_type\": \"bert\",\n  \"num_attention_heads\": 12,\n  \"num_hidden_layers\": 6,\n  \"pad_token_id\": 0,\n  \"position_embedding_type\": \"absolute\",\n  \"transformers_version\": \"4.8.2\",\n  \"type_vocab_size\": 2,\n  \"use_cache\": true,\n  \"vocab_size\": 30522\n}\n",
    "model.part-1.bin": { bytes: 16000000, sha256: "5c3959bffaec229ae14b566b5b731ad425397f3f4f8eb430409e7be705e8c81c", address: () => new URL("./model.part-1.bin", import.meta.url) },
    "model.part-2.bin": { bytes: 16000000, sha256: "3cc45c3eb219ab379f8f3136782b628b12ab1e1e06cf114cdf9317119fca4365", address: () => new URL("./model.part-2.bin", import.meta.url) },
    "model.part-3.bin": { bytes: 13457728, sha256: "53f153a1201c29fcf9c3f477c2f0a7ea2b4c6fde540be4f78ca0a20743da5fc0", address: () => new URL("./model.part-3.bin", import.meta.url) },
    "model.safetensors.parts.json": "{\"parts\":[\"model.part-1.bin\",\"model.part-2.bin\",\"model.part-3.bin\"]}\n",
    "modules.json": "[\n  {\n    \"idx\": 0,\n    \"name\": \"0\",\n    \"path\": \"\",\n    \"type\": \"sentence_transformers.models.Transformer\"\n  },\n  {\n    \"idx\": 1,\n    \"name\": \"1\",\n    \"path\": \"1_Pooling\",\n    \"type\": \"sentence_transformers.models.Pooling\"\n  },\n  {\n    \"idx\": 2,\n    \"name\": \"2\",\n    \"path\": \"2_Normalize\",\n    \"type\": \"sentence_transformers.models.Normalize\"\n  }\n]",
    "sentence_bert_config.json": "{\n  \"max_seq_length\": 256,\n  \"do_lower_case\": false\n}",
    "special_tokens_map.json": "{\"unk_token\": \"[UNK]\", \"sep_token\": \"[SEP]\", \"pad_token\": \"[PAD]\", \"cls_token\": \"[CLS]\", \"mask_token\": \"[MASK]\"}",
    "tokenizer.json": { bytes: 466247, sha256: "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037", address: () => new URL("./tokenizer.bin", import.meta.url) },
    "tokenizer_config.json": "{\"do_lower_case\": true, \"unk_token\": \"[UNK]\", \"sep_token\": \"[SEP]\", \"pad_token\": \"[PAD]\", \"cls_token\": \"[CLS]\", \"mask_token\": \"[MASK]\", \"tokenize_chinese_chars\": true, \"strip_accents\": null, \"name_or_path\": \"nreimers/MiniLM-L6-H384-uncased\", \"do_basic_tokenize\": true, \"never_split\": null, \"tokenizer_class\": \"BertTokenizer\", \"model_max_length\": 512}",
  },
};
export default model;
