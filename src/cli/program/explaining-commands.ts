import { type Command, Option } from "commander";
import { givenOptions } from "../options/given-options.ts";
import {
  anyInput,
  idsOption,
  linesOption,
  list,
  modelOptions,
  outputOptions,
  pairOption,
  stackOptions,
  themeOption,
} from "../options/shared-options.ts";
import { examples } from "./help.ts";

/** The commands that take one head, or one word's vector, apart: explain, circuit, stream. */
export function addExplainingCommands(heed: Command): void {
  const explain = heed
    .command("explain")
    .description(
      "one number of attention: why a word looks at this word and not at that one, with every step from its vector to what the head writes",
    )
    .argument("[text]", anyInput)
    .option("-w, --word <word>", "the word that looks")
    .option("--to <word>", "the word looked at; what it looks at most if not given")
    .option("--against <word>", "the word it is held against; the next it looks at if not given")
    .option("--head <head>", "the head: L3H1; the one that looks most if not given")
    .option("--matrix", "with --json: the head's part of W^Q too, every weight of it")
    .action(async (text: string | undefined, _, command: Command) => {
      const { explain } = await import("../commands/explaining/explain.ts");
      await explain(text, givenOptions(command));
    });
  stackOptions(pairOption(idsOption(linesOption(explain))));
  themeOption(outputOptions(modelOptions(explain), "text, json, jsonl, svg, png, pdf or html"));
  examples(
    explain,
    'heed explain "The cat sat on the mat because it was tired." --word it --to cat --against mat --head L3H1',
    'heed explain "The cat sat on the mat because it was tired." --word it --head L3H1 --out why.html',
  );

  const circuit = heed
    .command("circuit")
    .description(
      "what a head can do, from its matrices alone: which words seek which, what is handed over, how it composes with other heads",
    )
    .argument("<head>", "L3H1: layer 3, head 1, both counted from 0")
    .option("-w, --word <words>", "words to follow through the head, each one token: cat,mat", list)
    .addOption(ownStack())
    .action(async (head: string, _, command: Command) => {
      const { circuit } = await import("../commands/explaining/circuit.ts");
      await circuit(head, givenOptions(command));
    });
  themeOption(outputOptions(modelOptions(circuit), "text, json, jsonl, svg, png, pdf or html"));
  examples(circuit, "heed circuit L3H1 --word it,cat");

  const stream = heed
    .command("stream")
    .description(
      "what wrote the vector of a word: embedding, heads and feed-forwards, layer by layer",
    )
    .argument("[text|image]", anyInput)
    .option("-w, --word <word>", "the word whose vector it is; of a picture the patch 3,5")
    .option("--layer <number>", "the layer, from 0; the last if not given")
    .addOption(
      new Option(
        "--point <name>",
        "where in the layer: input, middle (behind the attention) or residual (behind the layer)",
      ).choices(["input", "middle", "residual"]),
    )
    .addOption(ownStack())
    .option(
      "--decoder <text>",
      "what an encoder-decoder's decoder reads; beside --ids its ids, from the one it begins with on",
    )
    .action(async (text: string | undefined, _, command: Command) => {
      const { stream } = await import("../commands/explaining/stream.ts");
      await stream(text, givenOptions(command));
    });
  pairOption(idsOption(linesOption(stream)));
  themeOption(outputOptions(modelOptions(stream), "text, json, jsonl, svg, png, pdf or html"));
  examples(
    stream,
    'heed stream "The cat sat on the mat because it was tired." --word it --layer 3',
  );
}

/** Which stack of a model with encoder and decoder, where its look at the encoder is no stack of its own. */
function ownStack(): Option {
  return new Option(
    "--stack <name>",
    "of an encoder-decoder: encoder (if not given) or decoder",
  ).choices(["encoder", "decoder"]);
}
