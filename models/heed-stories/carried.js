const model = {
  name: "heed-stories",
  files: {
    "config.json": "{\n  \"model_type\": \"gpt2\",\n  \"architectures\": [\n    \"GPT2LMHeadModel\"\n  ],\n  \"n_layer\": 4,\n  \"n_head\": 4,\n  \"n_embd\": 128,\n  \"n_inner\": 512,\n  \"n_positions\": 320,\n  \"activation_function\": \"gelu_new\",\n  \"layer_norm_epsilon\": 0.00001,\n  \"initializer_range\": 0.08838834764831843,\n  \"attn_pdrop\": 0.0,\n  \"embd_pdrop\": 0.0,\n  \"resid_pdrop\": 0.0,\n  \"vocab_size\": 851,\n  \"pad_token_id\": 1,\n  \"bos_token_id\": 0,\n  \"eos_token_id\": 0,\n  \"tie_word_embeddings\": true,\n  \"dtype\": \"float32\"\n}\n",
    "generation_config.json": "{\"eos_token_id\":0,\"pad_token_id\":1}\n",
    "model.part-1.bin": { bytes: 3777976, sha256: "c21355d855e3707317a2f82829cc2a84d7865f3c25043de99ca77085639e3941", address: () => new URL("./model.part-1.bin", import.meta.url) },
    "model.safetensors.parts.json": "{\"parts\":[\"model.part-1.bin\"]}\n",
    "tokenizer.json": { bytes: 26158, sha256: "28b0e0a05762a13183ffaa4e005fd0c9613251c684d5e2062d1299ad4e7eaf59", address: () => new URL("./tokenizer.bin", import.meta.url) },
    "tokenizer_config.json": "{\n  \"tokenizer_class\": \"PreTrainedTokenizerFast\",\n  \"bos_token\": \"<|endoftext|>\",\n  \"eos_token\": \"<|endoftext|>\",\n  \"unk_token\": \"<|endoftext|>\",\n  \"pad_token\": \"<|padding|>\",\n  \"mask_token\": \"<|mask|>\",\n  \"clean_up_tokenization_spaces\": false,\n  \"model_max_length\": 1000000\n}\n",
  },
};
export default model;
