import { readFileSync } from "node:fs";
import { Command } from "commander";
import { InputError } from "../../errors/errors.ts";
import { nearest } from "../../errors/nearest.ts";
import type { LookOptions } from "../commands/look.ts";
import { givenOptions, givenWithoutText } from "../options/given-options.ts";
import { list, modelOptions, outputOptions } from "../options/shared-options.ts";
import { addClassifyingCommands } from "./classifying-commands.ts";
import { addWritingCommands } from "./writing-commands.ts";

const { version } = JSON.parse(
  readFileSync(new URL("../../../package.json", import.meta.url), "utf8"),
) as { version: string };

const hello = `heed shows what attention does: which words a word looks at, in which heads, and every number on the way.

Try:
  heed "The cat sat on the mat because it was tired."
  heed compare "The cat sat on the mat because it was tired." "The cat sat on the mat because it was dirty."
  heed show L3H1 "The cat sat on the mat because it was tired."
  heed --help
`;

/** The command line: every command with its options. Nothing is loaded before a command runs. */
export function program(): Command {
  const heed = new Command("heed")
    .description("See inside the attention of any transformer.")
    .version(version)
    .argument("[text]", 'the text, a picture for models of pictures, or "-" for stdin')
    .option(
      "-w, --word <word>",
      'the word that looks: "it", "the#2" for the second one, or a token\'s number; "3,5" is a picture\'s patch in row 3, column 5',
    )
    .option("--to <words>", "the words looked at: cat,mat", list)
    .option("--head <head>", "the head to show: L5H11 is layer 5, head 11, both counted from 0")
    .option("--near", "rank the words on either side too")
    .option("--site <site>", "print the numbers of a site instead: layers.5.q (see heed sites)")
    .option("--pair <text>", "a second text that belongs to the first")
    .enablePositionalOptions()
    .showHelpAfterError("(heed --help shows all options)")
    .addHelpText(
      "after",
      `
Examples:
  heed "The cat sat on the mat because it was tired."
  heed "The cat sat on the mat because it was tired." --word cat --to mat,sat
  heed "The cat sat on the mat because it was tired." --format html --out it.html --open
  echo "The bank of the river." | heed - --word bank
  heed "Once upon a time" --model openai-community/gpt2 --site layers.0.weights --format csv
  heed cat.png --model google/vit-base-patch16-224 --word 3,5`,
    )
    .action(async (text: string | undefined, options: LookOptions) => {
      if (text !== undefined) return (await import("../commands/look.ts")).look(text, options);
      const idle = givenWithoutText(heed);
      if (idle)
        throw new InputError(
          `${idle} does nothing without a text: heed "The cat sat on the mat because it was tired."`,
        );
      process.stdout.write(hello);
    })
    .helpCommand(false)
    .hook("postAction", async (_, command) => {
      if (command.optsWithGlobals().timing) (await import("../loading.ts")).sayTiming();
    });
  outputOptions(modelOptions(heed), "text, json, csv, svg or html; of a picture png too");

  const show = heed
    .command("show")
    .description(
      "one head whole, with every number from a word's vector to what it takes; or all heads",
    )
    .argument("<head-or-text>", "L5H11, or the text or picture to see all heads")
    .argument("[text]", 'the text, a picture, or "-" for stdin')
    .option("-w, --word <word>", "the word that looks")
    .option("--to <word>", "the word looked at", list)
    .option("--pair <text>", "a second text that belongs to the first")
    .addHelpText(
      "after",
      '\nExamples:\n  heed show L3H1 "The cat sat on the mat because it was tired." --word it --to cat\n  heed show "The cat sat on the mat because it was tired." --word it\n  heed show cat.png --model google/vit-base-patch16-224 --out heads.svg',
    )
    .action(async (first: string, text: string | undefined, _, command: Command) => {
      const { show } = await import("../commands/show.ts");
      const options = givenOptions(command);
      if (text === undefined && /^L\d+H\d+$/i.test(first))
        throw new InputError(
          `show ${first}: and the text? heed show ${first} "The cat sat on the mat because it was tired."`,
        );
      await (text === undefined ? show(undefined, first, options) : show(first, text, options));
    });
  outputOptions(modelOptions(show), "text, json, csv or svg; of a picture png and html too");

  const compare = heed
    .command("compare")
    .description(
      "the same word in two sentences: where it looks otherwise, and how far its vector moves",
    )
    .argument("<text1>")
    .argument("<text2>")
    .option("-w, --word <word>", "the word to compare")
    .option("--to <words>", "the words it may look at", list)
    .addHelpText(
      "after",
      '\nExample:\n  heed compare "The cat sat on the mat because it was tired." "The cat sat on the mat because it was dirty." --word it --to cat,mat',
    )
    .action(async (first: string, second: string, _, command: Command) => {
      await (await import("../commands/compare.ts")).compare(first, second, givenOptions(command));
    });
  outputOptions(modelOptions(compare), "text, json, csv or svg");

  const parameters = heed
    .command("parameters")
    .description("the learned matrices with their shapes; with a name, one of them")
    .argument("[name]", "L3H1.q for one head's W^Q (q, k, v, o), or a name of the list")
    .addHelpText(
      "after",
      "\nExamples:\n  heed parameters\n  heed parameters L3H1.q\n  heed parameters layers.0.mlp.up.bias --format csv",
    )
    .action(async (name: string | undefined, _, command: Command) => {
      await (await import("../commands/parameters.ts")).parameters(name, givenOptions(command));
    });
  outputOptions(modelOptions(parameters), "text, json or csv");

  const sites = heed
    .command("sites")
    .description("every named tensor of a model that can be read and changed")
    .addHelpText("after", "\nExample:\n  heed sites --model openai-community/gpt2")
    .action(async (_, command: Command) => {
      await (await import("../commands/sites.ts")).sites(givenOptions(command));
    });
  outputOptions(modelOptions(sites), "text, json or csv");

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
    .addHelpText("after", "\nExample:\n  heed verify models/all-MiniLM-L6-v2")
    .action(async (folders: string[], _, command: Command) => {
      await (await import("../commands/verify.ts")).verify(folders, givenOptions(command));
    });
  outputOptions(
    modelOptions(verify, ["model", "revision", "type", "head-class", "timing"]),
    "text or json",
  );

  addWritingCommands(heed);

  addClassifyingCommands(heed);

  const embed = heed
    .command("embed")
    .description("one vector for each text, and how alike the texts are")
    .argument("<text...>", 'texts, or "-" for stdin')
    .option("--lines", "each line is a text, of stdin say")
    .option("--prompt <text>", 'a text put before each; "" for none')
    .option("--prompt-name <name>", "the same by its name in the checkpoint's files: query")
    .addHelpText(
      "after",
      '\nExamples:\n  heed embed "A cat sat on a mat." "A kitten rested on a rug." "The bank raised its rates."\n  echo "A cat sat on a mat." | heed embed --lines - --format csv',
    )
    .action(async (texts: string[], _, command: Command) => {
      await (await import("../commands/embed.ts")).embedTexts(texts, givenOptions(command));
    });
  outputOptions(modelOptions(embed), "text, json or csv");

  const rerank = heed
    .command("rerank")
    .description("how well each text goes with a query, as a cross-encoder scores them")
    .argument("<query>", 'the text that is the first of each pair, or "-" for stdin')
    .argument("<text...>", 'the texts it is paired with, or "-" for stdin')
    .option("--lines", "each line is a text, of stdin say")
    .option("--activation <name>", "what is done to the logits: none, sigmoid or softmax")
    .option("--prompt <text>", "a text put before the query")
    .option("--prompt-name <name>", "the same by its name in the checkpoint's files")
    .addHelpText(
      "after",
      '\nExample:\n  heed rerank "Who lived in Vienna?" "Hugo Wolf did." "The cat sat." --model cross-encoder/ms-marco-MiniLM-L6-v2',
    )
    .action(async (query: string, texts: string[], _, command: Command) => {
      await (await import("../commands/rerank.ts")).rerank(query, texts, givenOptions(command));
    });
  outputOptions(modelOptions(rerank), "text, json or csv");

  const models = heed
    .command("models")
    .description(
      "the table of models: widths, heads, layers, parameters, counted from their shapes",
    )
    .addHelpText("after", "\nExamples:\n  heed models\n  heed models --format md");
  models.action(async (_, command: Command) => {
    await (await import("../commands/models.ts")).models(givenOptions(command));
  });
  outputOptions(models, "text, json, csv or md");

  const plan = heed
    .command("plan")
    .description(
      "what a forward pass takes: operations by part, memory, growth with the text; no weights are needed",
    )
    .argument("<model>", "a name of heed models, a config.json, a folder, or a hub id")
    .option("--tokens <number>", "tokens of a text")
    .option("--batch <number>", "texts at once", "1")
    .option("--no-measure", "leave out the estimate for this machine")
    .addHelpText(
      "after",
      "\nExamples:\n  heed plan gpt3-175b --tokens 2048\n  heed plan bert-base --tokens 128 --batch 8\n  heed plan gpt-4",
    )
    .action(async (model: string, _, command: Command) => {
      await (await import("../commands/plan.ts")).plan(model, givenOptions(command));
    });
  outputOptions(modelOptions(plan, ["model", "dtype", "timing"]), "text or json");

  heed
    .command("fetch")
    .description("download a checkpoint into the cache that Python uses too, and print its folder")
    .argument("<id>", "a hub id: openai-community/gpt2")
    .option("--revision <name>", "a branch, a tag, a commit or refs/pr/N")
    .addHelpText(
      "after",
      "\nExamples:\n  heed fetch openai-community/gpt2\n  heed fetch google/mobilebert-uncased --revision refs/pr/8\n\nHF_HOME, HF_HUB_CACHE, HF_ENDPOINT, HF_TOKEN and HF_HUB_OFFLINE mean what they mean to Python.",
    )
    .action(async (id: string, _, command: Command) => {
      await (await import("../commands/fetch.ts")).fetchCheckpoint(id, givenOptions(command));
    });

  heed
    .command("help")
    .description("what a command does, and its options")
    .argument("[command]", "its name; heed itself where none is given")
    .action((name: string | undefined) => {
      const named = name === undefined ? heed : heed.commands.find((one) => one.name() === name);
      if (!named) {
        const names = heed.commands.map((one) => one.name());
        throw new InputError(`help: there is no command "${name}"${nearest(name!, names)}`);
      }
      named.outputHelp();
    });
  return heed;
}
