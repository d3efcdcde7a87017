import { type Command, Option } from "commander";
import { givenOptions } from "../options/given-options.ts";
import { modelOptions, outputOptions, themeOption } from "../options/shared-options.ts";
import { examples, remark } from "./help.ts";

/** The commands about what a checkpoint is, and no text: parameters, sites, verify, models, plan, fetch. */
export function addCheckpointCommands(heed: Command): void {
  const parameters = heed
    .command("parameters")
    .description("the learned matrices with their shapes; with a name, one of them")
    .argument("[name]", "L3H1.q for one head's W^Q (q, k, v, o), or a name of the list")
    .action(async (name: string | undefined, _, command: Command) => {
      await (await import("../commands/parameters.ts")).parameters(name, givenOptions(command));
    });
  themeOption(outputOptions(modelOptions(parameters), "text, json or csv"));
  examples(
    parameters,
    "heed parameters",
    "heed parameters L3H1.q",
    "heed parameters layers.0.mlp.up.bias --format csv",
  );

  const sites = heed
    .command("sites")
    .description("every named tensor of a model that can be read and changed")
    .addOption(
      new Option(
        "--names <whose>",
        "heed, or tl: those of TransformerLens, where it has the same tensor",
      ).choices(["heed", "tl"]),
    )
    .action(async (_, command: Command) => {
      await (await import("../commands/sites.ts")).sites(givenOptions(command));
    });
  outputOptions(modelOptions(sites), "text, json or csv");
  examples(sites, "heed sites --model openai-community/gpt2");

  const verify = heed
    .command("verify")
    .description(
      "a checkpoint against a recorded trace or recorded answers, a tokenizer against recorded cases; exit code 0 only if all agree",
    )
    .argument(
      "<folder...>",
      "folders with trace.safetensors, tasks.json or cases.jsonl, or a folder of such folders",
    )
    .option(
      "--tolerance <number>",
      "largest difference, times the largest expected value of a site where that is above 1; 1e-4 if not given",
    )
    .option("--all", "every site of every folder")
    .action(async (folders: string[], _, command: Command) => {
      await (await import("../commands/verify.ts")).verify(folders, givenOptions(command));
    });
  outputOptions(
    modelOptions(verify, [
      "model",
      "revision",
      "type",
      "head-class",
      "tower",
      "base",
      "without-adapter",
      "source-language",
      "target-language",
      "timing",
    ]),
    "text or json",
  );
  examples(verify, "heed verify models/all-MiniLM-L6-v2");

  const models = heed
    .command("models")
    .description(
      "the table of models: widths, heads, layers, parameters, counted from their shapes, and how near their families are to PyTorch",
    )
    .argument(
      "[words...]",
      "only models with one of these in a name, with all that is known of them",
    )
    .action(async (words: string[], _, command: Command) => {
      await (await import("../commands/models.ts")).models(words, givenOptions(command));
    });
  outputOptions(models, "text, json, csv or md");
  examples(models, "heed models", "heed models gemma whisper", "heed models --format md");

  const plan = heed
    .command("plan")
    .description(
      "what a forward pass takes: operations by part, memory, growth with the text; no weights are needed",
    )
    .argument("<model>", "a name of heed models, a config.json, a folder, or a hub id")
    .option("--tokens <number>", "tokens of a text")
    .option("--batch <number>", "texts at once", "1")
    .option("--no-measure", "leave out the estimate for this machine")
    .action(async (model: string, _, command: Command) => {
      await (await import("../commands/plan.ts")).plan(model, givenOptions(command));
    });
  outputOptions(
    modelOptions(plan, [
      "model",
      "dtype",
      "tower",
      "base",
      "without-adapter",
      "source-language",
      "target-language",
      "timing",
    ]),
    "text or json",
  );
  examples(
    plan,
    "heed plan gpt3-175b --tokens 2048",
    "heed plan bert-base --tokens 128 --batch 8",
    "heed plan gpt-4",
  );

  const fetch = heed
    .command("fetch")
    .description("download a checkpoint into the cache that Python uses too, and print its folder")
    .argument("<id>", "a hub id: openai-community/gpt2")
    .option("--revision <name>", "a branch, a tag, a commit or refs/pr/N")
    .option("--verify", "hash what is at hand, and fetch again what is damaged")
    .action(async (id: string, _, command: Command) => {
      await (await import("../commands/fetch.ts")).fetchCheckpoint(id, givenOptions(command));
    });
  examples(
    fetch,
    "heed fetch openai-community/gpt2",
    "heed fetch google/mobilebert-uncased --revision refs/pr/8",
  );
  remark(
    fetch,
    "HF_HOME, HF_HUB_CACHE, HF_ENDPOINT, HF_TOKEN and HF_HUB_OFFLINE mean what they mean to Python.",
  );
}
