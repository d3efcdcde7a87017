import { type Command, Option } from "commander";
import { givenOptions } from "../options/given-options.ts";
import {
  idsOption,
  linesOption,
  list,
  modelOptions,
  outputOptions,
  pairOption,
  themeOption,
} from "../options/shared-options.ts";
import { examples, remark } from "./help.ts";

const cat = '"The cat sat on the mat because it was tired."';
const dirty = '"The cat sat on the mat because it was dirty."';

/** What the decoder reads, behind every text of an experiment alike. */
function besideEach(command: Command): Command {
  return command.option(
    "--decoder <text>",
    "what an encoder-decoder's decoder reads, behind every text given; beside --ids its ids, from the one it begins with on",
  );
}

/** The commands that change a run and say what comes of it: patch, matter, run. */
export function addChangingCommands(heed: Command): void {
  const patch = heed
    .command("patch")
    .description("change a run, and see what it does to the output and how far it travels")
    .argument("[text]", 'the text, a file of one, a picture, a WAV file, or "-" for stdin')
    .option(
      "--zero [targets]",
      "set to 0: L5H11 (a head), L4, L4.attention, L4.mlp, a link it->cat, or a word",
      list,
    )
    .option(
      "--mean [targets]",
      "set to the mean over the text's tokens, or over those of --texts; of a link what the words that see cat give it",
      list,
    )
    .option("--resample [targets]", "take from another text, --from or one of --texts", list)
    .option(
      "--cut <link>",
      'what looks, and what it looks at: "it->cat"; may be given several times',
      (link: string, all: string[] = []) => [...all, link],
    )
    .addOption(
      new Option(
        "--how <way>",
        "how --cut cuts: before the softmax (if not given), after it, or after it with the row renormalized",
      ).choices(["before", "after", "renormalized"]),
    )
    .option("--from <text>", "another text, whose numbers are taken: at --head, --layers or --grid")
    .option(
      "--path <path>",
      'senders take theirs from --from, and only receivers hear it: "L3H1->L5H11.q", "L3H1->output"',
    )
    .option(
      "--steer <scale>",
      "add the difference of --toward and --away behind --layers, times this",
    )
    .option("--toward <text>", "with --steer: the text that is steered to")
    .option("--away <text>", "with --steer: the text that is steered from")
    .option("--head <heads>", "the heads of --cut or --from: L3H1,L5H11", list)
    .option(
      "--layers <layers>",
      "the layers of --cut, --from, --steer, --grid, or of words taken out: 2-4 or 1,5",
    )
    .addOption(
      new Option(
        "--site <kind>",
        "with --from: what is taken; mixed of heads, residual of layers if not given",
      ).choices(["residual", "attended", "mlp", "mixed", "input", "q", "k", "v"]),
    )
    .option("--at <words>", "only at these words: cat,mat", list)
    .addOption(
      new Option("--stack <name>", "in an encoder-decoder: whose attention").choices([
        "encoder",
        "decoder",
        "cross",
      ]),
    )
    .option("--grid <axes>", "every one in turn, as a map: heads, positions or headPositions")
    .option(
      "--foretell",
      "beside what is found what gradients foretell; of a --grid (attribution patching) how far the two agree",
    )
    .option("-w, --word <word>", "the word whose vector is followed")
    .option(
      "--answers <words>",
      "models of words: the log-probability of the first less that of the second is followed",
      list,
    )
    .option("--class <name>", "classifiers: the class whose logit is followed")
    .option(
      "--divergence",
      "follow how far the whole prediction moves: KL(before ‖ after) in nats, in place of one word's or class's share",
    )
    .option("--texts <file>", "with --mean, --resample: a file with a text a line")
    .option(
      "--controls <number>",
      "how many controls at most; 0 for none. 50 cuts of like weight, or up to 200 others, if not given",
    )
    .option(
      "--seed <number>",
      "what is drawn by chance, controls and resamples, comes from it; 1 if not given",
    )
    .option("--save <file>", "write the experiment as a file that heed run carries out again")
    .action(async (text: string | undefined, _, command: Command) => {
      await (await import("../commands/experiments/patch.ts")).patch(text, givenOptions(command));
    });
  themeOption(
    outputOptions(
      modelOptions(besideEach(pairOption(idsOption(linesOption(patch))))),
      "text, json, jsonl, csv, svg, png or pdf",
    ),
  );
  examples(
    patch,
    `heed patch ${cat} --cut "it->cat" --head L3H1`,
    `heed patch ${cat} --zero L5H11`,
    `heed patch ${cat} --mean L3.mlp --at it`,
    `heed patch ${cat} --from ${dirty} --grid positions`,
    `heed patch ${cat} --zero --grid heads --save experiment.json`,
    'heed patch speech.wav --decoder "<|en|><|transcribe|> Hello" --stack cross --zero L0H1 --model openai/whisper-tiny',
    'heed patch "The cat sat on the" --from "The dog lay on the" --grid heads --foretell --model openai-community/gpt2',
  );
  remark(
    patch,
    "Beside each change stand controls: the same change elsewhere. An effect no larger than theirs is called small. Finished runs are kept beside --save or --out, in FILE.runs: ended by Ctrl-C, the same command goes on from there.",
  );

  const matter = heed
    .command("matter")
    .description(
      "how strongly every head attends from a word, beside what cutting that does to the output",
    )
    .argument(
      "[text|image|sound]",
      'the text, a file of one, a picture, a WAV file, or "-" for stdin',
    )
    .option(
      "-w, --word <word>",
      'the word that looks; of a picture the patch 3,5, of a sound the moment "0.02 s"',
    )
    .option(
      "--to <word>",
      "what it looks at; each head's strongest look at another word if not given",
    )
    .option("--links", "every link of the word, not one a head")
    .addOption(
      new Option(
        "--by <way>",
        "cut takes the link out before the softmax (if not given); zero, mean, resample the whole head",
      ).choices(["cut", "zero", "mean", "resample"]),
    )
    .option("--from <text>", "with --by resample: another text, whose numbers are taken")
    .option("--texts <file>", "with --by mean or resample: a file with a text a line")
    .option(
      "--answers <words>",
      "models of words: the log-probability of the first less that of the second is followed",
      list,
    )
    .option("--class <name>", "classifiers: the class whose logit is followed")
    .option(
      "--controls <number>",
      "how many links of like weight each cut is set beside; 50, over several texts 10 in each, if not given",
    )
    .option(
      "--predict <file>",
      "a file with a text a line: does the order found predict the effects there?",
    )
    .addOption(
      new Option("--stack <name>", "in an encoder-decoder: whose attention").choices([
        "encoder",
        "decoder",
        "cross",
      ]),
    )
    .option("--seed <number>", "what is drawn by chance comes from it; 1 if not given")
    .option("--save <file>", "write the experiment as a file that heed run carries out again")
    .action(async (text: string | undefined, _, command: Command) => {
      await (await import("../commands/experiments/matter.ts")).matter(text, givenOptions(command));
    });
  themeOption(
    outputOptions(
      modelOptions(besideEach(idsOption(linesOption(matter)))),
      "text, json, csv, svg, png or pdf",
    ),
  );
  examples(
    matter,
    `heed matter ${cat} --word it`,
    `heed matter ${cat} --word it --by zero --out it.svg`,
    "heed matter --lines sentences.txt --word on --controls 3",
  );
  remark(
    matter,
    "Finished runs are kept beside --save or --out, in FILE.runs: ended by Ctrl-C, the same command goes on from there.",
  );

  const run = heed
    .command("run")
    .description("carry out an experiment that --save wrote")
    .argument("[file]", 'the file of the experiment, or "-" for stdin')
    .action(async (file: string | undefined, _, command: Command) => {
      await (await import("../commands/experiments/run.ts")).runFile(file, givenOptions(command));
    });
  themeOption(outputOptions(modelOptions(run), "text, json, csv, svg, png or pdf"));
  examples(run, "heed run experiment.json", "heed run experiment.json --format json");
  remark(
    run,
    "Finished runs are kept beside the file, in FILE.runs: ended by Ctrl-C, the same command goes on from there.",
  );
}
