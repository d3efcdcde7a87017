import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { reference } from "../../backends/reference/reference.ts";
import { memorySource } from "../../checkpoint/memory.ts";
import { loadFrom } from "../../model.ts";

const tasks = fileURLToPath(new URL("../../../test/tasks", import.meta.url));

/** A folder of test/tasks with some files changed; undefined takes one away. */
function folder(name: string, changes: Readonly<Record<string, unknown>> = {}) {
  const home = join(tasks, name);
  const names = readdirSync(home, { recursive: true, encoding: "utf8" });
  const files: Record<string, Uint8Array> = {};
  for (const file of names)
    if (statSync(join(home, file)).isFile()) files[file] = readFileSync(join(home, file));
  for (const [file, content] of Object.entries(changes)) {
    if (content === undefined) delete files[file];
    else files[file] = new TextEncoder().encode(JSON.stringify(content));
  }
  return memorySource(files, name);
}

const open = (name: string, changes?: Readonly<Record<string, unknown>>) =>
  loadFrom(folder(name, changes), reference());

function fieldsOf(name: string, file: string): Record<string, unknown> {
  return JSON.parse(readFileSync(join(tasks, name, file), "utf8"));
}

describe("embed", () => {
  test("gives a vector a text, its tokens with the prompt's, and how it was made", async () => {
    const model = await open("sentence-prompts-left-out");
    const { vectors, tokens, prompt, how, warnings } = await model.embed(["The cat.", "No."]);
    expect(vectors.shape).toEqual([2, 6 * 12]);
    expect(prompt).toBe("query: ");
    expect(tokens[1]!.map(({ surface }) => surface).join(" ")).toMatch(/^\[CLS\] q.* : No/);
    expect({ how, warnings }).toEqual({ how: "as its sentence-embedding files say", warnings: [] });
  });

  test("an empty prompt stands for none where the checkpoint has a default", async () => {
    const model = await open("sentence-prompts-left-out");
    const none = await model.embed(["No."], { prompt: "" });
    expect(none.prompt).toBe("");
    expect(none.vectors.data).toEqual(
      (await model.embed(["No."], { promptName: "document" })).vectors.data,
    );
    expect(none.vectors.data).not.toEqual((await model.embed(["No."])).vectors.data);
  });

  test("prompts that are not there are told", async () => {
    const model = await open("sentence-prompts-left-out");
    await expect(model.embed(["No."], { promptName: "question" })).rejects.toThrow(
      'embed: there is no prompt "question"; the checkpoint has query, document, passage',
    );
    await expect(model.embed(["No."], { promptName: "query", prompt: "a" })).rejects.toThrow(
      "not both",
    );
    const settings = { prompts: { query: "q" }, default_prompt_name: "ask" };
    await expect(
      open("sentence-dense", { "config_sentence_transformers.json": settings }),
    ).rejects.toThrow('default_prompt_name is "ask", and the prompts are query, document');
  });

  test("a text that is cut is told, on the answer and to its listener", async () => {
    const model = await open("sentence-cut-roberta");
    const heard: string[] = [];
    const { warnings } = await model.embed(
      ["No.", "The cat sat on the mat because it was tired."],
      {
        onWarning: (message) => heard.push(message),
      },
    );
    expect(heard).toEqual(warnings);
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain(
      "sentence-cut-roberta: text 1 (of 0 to 1) has 18 tokens, and its sentence_bert_config.json says max_seq_length 9: 9 are kept, 9 are cut off",
    );
  });

  test("a run over more tokens says what its sentence is of", async () => {
    const model = await open("sentence-cut-roberta");
    const text = "The cat sat on the mat because it was tired.";
    expect((await model.run(text)).warnings[0]).toContain("output.sentence is of all of them");
    expect((await model.run(text, { output: false })).warnings).toEqual([]);
    expect((await model.run("No.")).warnings).toEqual([]);
  });

  test("a text's vector does not depend on the texts beside it", async () => {
    const model = await open("sentence-layer-norm");
    const texts = ["No.", "The cat sat on the mat.", "A dog was tired."];
    const together = (await model.embed(texts, { batchSize: 2 })).vectors;
    for (const [place, text] of texts.entries()) {
      const alone = (await model.embed([text])).vectors;
      for (let c = 0; c < 12; c++) expect(together.at(place, c)).toBeCloseTo(alone.at(0, c), 5);
    }
  });

  test("a checkpoint without modules.json is told to be none for sentences", async () => {
    const bert = await open("sentence-no-modules");
    expect((await bert.embed(["No."])).warnings).toEqual([
      "sentence-no-modules has no modules.json, so nobody made it for sentence embeddings; its vector is the mean of the last hidden states of its tokens, as sentence-transformers makes it",
    ]);
    expect(bert.absentSites.get("sentence")).toContain("it has no modules.json");
    const { how } = await (await open("sentence-no-modules-causal")).embed(["No."]);
    expect(how).toBe("the last hidden state of its last token");
  });

  test("a cross-encoder makes no vectors", async () => {
    await expect((await open("cross-encoder-prompt")).embed(["No."])).rejects.toThrow(
      "is a cross-encoder: it scores pairs of texts",
    );
  });

  test.each(["CLIPModel", "Asym", "Router", "WordEmbeddings", "BoW", "LSTM", "SparseAutoEncoder"])(
    "a module %s is refused by name, and attention still works",
    async (kind) => {
      const type = `sentence_transformers.models.${kind}`;
      const modules = [
        ...(fieldsOf("sentence-dense", "modules.json") as unknown as object[]),
        { idx: 9, name: "9", path: `9_${kind}`, type },
      ];
      const model = await open("sentence-dense", { "modules.json": modules });
      await expect(model.embed(["No."])).rejects.toThrow(
        `modules.json asks for a module ${kind}, which heed does not have`,
      );
      expect((await model.run("No.", { read: ["final"] })).output.sentence).toBeUndefined();
    },
  );

  test("modules without a transformer are refused by name when they are loaded", async () => {
    const modules = [{ path: "0_CLIPModel", type: "sentence_transformers.models.CLIPModel" }];
    await expect(
      open("sentence-dense", { "modules.json": modules, "config.json": undefined }),
    ).rejects.toThrow("modules.json lists CLIPModel, and heed has Transformer, Pooling,");
  });

  test("a Dense whose activation is code of its own has Tanh, as in sentence-transformers, and says so", async () => {
    const dense = fieldsOf("sentence-dense", "2_Dense/config.json");
    const told: string[] = [];
    const of = (activation_function: string) =>
      loadFrom(
        folder("sentence-dense", { "2_Dense/config.json": { ...dense, activation_function } }),
        reference(),
        { onWarning: (message) => told.push(message) },
      );
    const usual = await (await of("torch.nn.modules.activation.Tanh")).embed(["No."]);
    expect(told).toEqual([]);
    // A bare name is none of torch's either.
    for (const named of ["my_code.Swirl", "GELU"]) {
      const { vectors } = await (await of(named)).embed(["No."]);
      expect(vectors).toEqual(usual.vectors);
      expect(told.pop()).toBe(
        `sentence-dense: 2_Dense/config.json names the activation "${named}", which is code of its own; torch.nn.Tanh is taken, as in sentence-transformers`,
      );
    }
  });

  test("what a file asks for and heed lacks is refused by name", async () => {
    const dense = fieldsOf("sentence-dense", "2_Dense/config.json");
    const changes: readonly (readonly [string, unknown, string])[] = [
      [
        "2_Dense/config.json",
        { ...dense, activation_function: "torch.nn.modules.activation.GLU" },
        '2_Dense/config.json names the activation "torch.nn.modules.activation.GLU"; of torch.nn heed has CELU, ELU, GELU,',
      ],
      [
        "2_Dense/config.json",
        { ...dense, module_output_name: "scores" },
        '2_Dense/config.json names "scores"; heed has sentence_embedding and token_embeddings',
      ],
      [
        "sentence_bert_config.json",
        { processing_kwargs: { text: { padding: "max_length" } } },
        "sentence_bert_config.json asks for processing_kwargs",
      ],
      [
        "sentence_bert_config.json",
        { modality_config: { text: { method: "forward", method_output_name: "pooler_output" } } },
        "asks for modality_config.text=",
      ],
    ];
    for (const [file, content, message] of changes) {
      const model = await open("sentence-dense", { [file]: content });
      await expect(model.embed(["No."])).rejects.toThrow(message);
    }
  });

  test("weights of a module that do not fit are told", async () => {
    const dense = fieldsOf("sentence-dense", "2_Dense/config.json");
    await expect(
      open("sentence-dense", { "2_Dense/config.json": { ...dense, out_features: 11 } }),
    ).rejects.toThrow('the config makes "2_Dense/linear.weight" (11, 12), the file holds (10, 12)');
    await expect(
      open("sentence-dense", { "2_Dense/model.safetensors": undefined }),
    ).rejects.toThrow("sentence-dense/2_Dense: there are no weights");
  });

  test("a module's tensors are parameters of the model", async () => {
    const model = await open("sentence-dense");
    expect(model.parameter("sentence.2.weight")!.shape).toEqual([10, 12]);
    expect(model.parameter("sentence.3.bias")).toBeUndefined();
    const norm = await open("sentence-layer-norm");
    expect(norm.parameter("sentence.2.gain")!.storedName).toBe("2_LayerNorm/norm.weight");
  });
});

describe("texts that go through a chat template", () => {
  const long = `${"The cat sat on the mat because it was tired. ".repeat(4)}No.`;

  test("are said to, have the prompt as the system's message, and keep the template's end where they are cut", async () => {
    const model = await open("sentence-messages");
    const { tokens, how, prompt } = await model.embed([long], { promptName: "query" });
    const read = (row: readonly { id: number }[]) =>
      model.tokenizer!.decode(row.map(({ id }) => id));
    expect(read(tokens[0]!)).toMatch(/^<\|end\|>system: query: <\|end\|>user: The cat/);
    expect(read(tokens[0]!)).toMatch(/<\|end\|>\.$/);
    expect([tokens[0]!.length, prompt]).toEqual([60, "query: "]);
    expect(how).toBe(
      "as its sentence-embedding files say, each text a message in its chat template",
    );
    const unrestored = await (await open("sentence-messages-open")).embed([long]);
    expect(read(unrestored.tokens[0]!)).not.toMatch(/why$/);
  });

  test("a run's own sentence vector is of the text as it is, which is said", async () => {
    const model = await open("sentence-messages");
    const { warnings } = await model.run("The cat sat.");
    expect(warnings.join()).toContain("output.sentence is of the text as it is");
  });

  test("what the files ask for beside it is refused by name", async () => {
    const settings = fieldsOf("sentence-messages", "sentence_bert_config.json");
    const asking = (processing_kwargs: object) =>
      open("sentence-messages", {
        "sentence_bert_config.json": { ...settings, processing_kwargs },
      }).then((model) => model.embed(["No."]));
    await expect(asking({ chat_template: { max_length: 3 } })).rejects.toThrow(
      "asks for processing_kwargs.chat_template.max_length, which heed does not have",
    );
    await expect(asking({ text: { padding: "max_length" } })).rejects.toThrow(
      "asks for processing_kwargs.text, which heed does not have",
    );
  });
});

describe("scorePairs", () => {
  const pairs = [
    ["The cat sat.", "A dog was tired."],
    ["No.", "Who lived in Vienna?"],
  ] as const;

  test("says which labels there are, and what was done to the logits", async () => {
    const one = await (await open("cross-encoder-roberta")).scorePairs(pairs);
    expect([one.scores.shape, one.labels, one.activation]).toEqual([
      [2, 1],
      ["LABEL_0"],
      "sigmoid",
    ]);
    const three = await open("cross-encoder-roberta-three");
    const logits = await three.scorePairs(pairs);
    expect([logits.scores.shape, logits.activation]).toEqual([[2, 3], "linear"]);
    const shares = await three.scorePairs(pairs, { activation: "softmax" });
    expect(shares.scores.data.reduce((sum, share) => sum + share, 0)).toBeCloseTo(2, 5);
  });

  test("pairs as messages need a template that writes both of their roles", async () => {
    const tokenizer = fieldsOf("cross-encoder-messages", "tokenizer_config.json");
    const template =
      "{% for m in messages %}{% if m['role'] == 'query' %}{{ m['content'] }}{% endif %}{% endfor %}";
    const lacking = {
      "chat_template.jinja": undefined,
      "tokenizer_config.json": { ...tokenizer, chat_template: template },
    };
    await expect((await open("cross-encoder-messages", lacking)).scorePairs(pairs)).rejects.toThrow(
      "its files ask for pairs as messages of the roles query and document, and its template writes no document",
    );
    const unsaved = { ...lacking, "modules.json": undefined };
    const { warnings, scores } = await (await open("cross-encoder-messages", unsaved)).scorePairs(
      pairs,
    );
    expect(warnings.join()).toContain(
      "so pairs are read as two texts; sentence-transformers 6 refuses them",
    );
    expect(scores.shape).toEqual([2, 1]);
  });

  test("a language model scores by the words it would write: those it names, or yes and no", async () => {
    const named = await (await open("cross-encoder-logits")).scorePairs(pairs);
    expect([named.labels, named.activation]).toEqual([["score"], "sigmoid"]);
    expect(named.how).toMatch(
      /^by the logit of ".+" less that of ".+" behind the pair, each pair a chat in its template$/,
    );
    const config = { "1_LogitScore/config.json": { true_token_id: 4000 } };
    await expect((await open("cross-encoder-logits", config)).scorePairs(pairs)).rejects.toThrow(
      "its LogitScore reads the logit of token 4000, and its vocabulary has ids 0 to 109",
    );
    await expect(
      open("cross-encoder-logits", { "1_LogitScore/config.json": { true_token_id: "yes" } }),
    ).rejects.toThrow('true_token_id is "yes"; it must be the id of a token');
    await expect((await open("sentence-no-modules-causal")).scorePairs(pairs)).rejects.toThrow(
      'its tokenizer has no words "yes" and "no"',
    );
  });

  test("an activation, pairs and models that do not fit are told", async () => {
    const model = await open("cross-encoder-roberta");
    await expect(model.scorePairs(pairs, { activation: "relu" as "none" })).rejects.toThrow(
      'activation is "relu"; it can be none, sigmoid or softmax',
    );
    await expect(model.scorePairs([["alone"] as never])).rejects.toThrow("needs a list of pairs");
    await expect((await open("sentence-dense")).scorePairs(pairs)).rejects.toThrow(
      "has a head for features; pairs are scored by one for sequence classification",
    );
    const named = { ...model.config, sentence_transformers: { activation_fn: "mine.Scale" } };
    const strange = await open("cross-encoder-roberta", { "config.json": named });
    const { activation, warnings } = await strange.scorePairs(pairs);
    expect(activation).toBe("sigmoid");
    expect(warnings[0]).toBe(
      'cross-encoder-roberta: config.json names the activation "mine.Scale", which is code of its own; torch.nn.Sigmoid is taken, as in sentence-transformers',
    );
    named.sentence_transformers.activation_fn = "torch.nn.GLU";
    const lacking = await open("cross-encoder-roberta", { "config.json": named });
    await expect(lacking.scorePairs(pairs)).rejects.toThrow(
      'cross-encoder-roberta: config.json names the activation "torch.nn.GLU"; of torch.nn heed has',
    );
  });

  test("a pair that is longer than asked is cut and told", async () => {
    const model = await open("cross-encoder-roberta");
    const { warnings, tokens } = await model.scorePairs(pairs, { maxLength: 8 });
    expect(tokens.map(({ length }) => length)).toEqual([8, 8]);
    expect(warnings[0]).toContain("at most 8 are read: 8 are kept");
  });
});
