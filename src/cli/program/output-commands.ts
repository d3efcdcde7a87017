import { type Command, Option } from "commander";
import { givenOptions } from "../options/given-options.ts";
import {
  anyInput,
  decoderOption,
  idsOption,
  linesOption,
  modelOptions,
  outputOptions,
  pairOption,
  stackOptions,
  themeOption,
} from "../options/shared-options.ts";
import { examples } from "./help.ts";

const written = "text, json, jsonl, csv or svg";

/** The commands that ask what attention does to the output: lens, attribute, norms, zeroing. */
export function addOutputCommands(heed: Command): void {
  const lens = heed
    .command("lens")
    .description("what the head would say after each layer: the logit lens; or what one head says")
    .argument("[text]", anyInput)
    .option("-w, --word <word>", "in this place only, with more words; of a picture a patch, 3,5")
    .option("--head <head>", "what this head alone adds to the logits: L5H11")
    .option("--count <count>", "how many words, 5 if not given")
    .action(async (text: string | undefined, _, command: Command) => {
      await (await import("../commands/analysis/lens.ts")).lens(text, givenOptions(command));
    });
  decoderOption(pairOption(idsOption(linesOption(lens))));
  themeOption(outputOptions(modelOptions(lens), written));
  examples(
    lens,
    'heed lens "The cat sat on the" --model openai-community/gpt2',
    'heed lens "The cat sat on the" --word the#2 --model openai-community/gpt2',
    'heed lens "The [MASK] sat on the mat." --word "[MASK]" --model google-bert/bert-base-uncased',
  );

  const attribute = heed
    .command("attribute")
    .description("how much each head and feed-forward layer wrote of a logit; they add up to it")
    .argument("[text]", anyInput)
    .option("-w, --word <word>", "in this place, the last token's if not given")
    .option(
      "--token <word>",
      "the word, label or #id whose logit it is, the most probable if not given",
    )
    .option("--against <word>", "the difference to this word's logit")
    .action(async (text: string | undefined, _, command: Command) => {
      await (await import("../commands/analysis/attribute.ts")).attribute(
        text,
        givenOptions(command),
      );
    });
  decoderOption(pairOption(idsOption(linesOption(attribute))));
  themeOption(outputOptions(modelOptions(attribute), written));
  examples(
    attribute,
    'heed attribute "The cat sat on the" --model openai-community/gpt2',
    'heed attribute "The cat sat on the mat" --token . --against , --model openai-community/gpt2',
  );

  const norms = heed
    .command("norms")
    .description("how much words really give: weights times values, by their norm")
    .argument("[text|image]", anyInput)
    .option(
      "-w, --word <word>",
      "with --head or --layer: what is given to this word alone, or to a picture's patch 3,5",
    )
    .option("--head <head>", "which word gives which in this head: L5H11")
    .option("--layer <layer>", "the same for all heads of a layer together")
    .addOption(
      new Option(
        "--variant <name>",
        "with --layer: heads, residual (the word's own vector too), or norm (behind the norm too)",
      ).choices(["heads", "residual", "norm"]),
    )
    .action(async (text: string | undefined, _, command: Command) => {
      await (await import("../commands/analysis/norms.ts")).norms(text, givenOptions(command));
    });
  stackOptions(pairOption(idsOption(linesOption(norms))));
  themeOption(outputOptions(modelOptions(norms), written));
  examples(
    norms,
    'heed norms "The cat sat on the mat because it was tired."',
    'heed norms "The cat sat on the mat because it was tired." --layer 5 --variant norm',
  );

  const zeroing = heed
    .command("zeroing")
    .description("whose values a word needs: how its vector changes when they are taken away")
    .argument("[text|image]", anyInput)
    .option("-w, --word <word>", "this word, in every layer; of a picture the patch 3,5, in one")
    .option("--layer <layer>", "in this layer, the last one if not given")
    .action(async (text: string | undefined, _, command: Command) => {
      await (await import("../commands/analysis/zeroing.ts")).zeroing(text, givenOptions(command));
    });
  stackOptions(pairOption(idsOption(linesOption(zeroing))));
  themeOption(outputOptions(modelOptions(zeroing), written));
  examples(zeroing, 'heed zeroing "The cat sat on the mat because it was tired." --word it');
}
