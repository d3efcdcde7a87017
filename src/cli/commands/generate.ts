import type { StackPrefix } from "../../analysis/explain/question.ts";
import { InputError } from "../../errors/errors.ts";
import { visible } from "../../errors/visible.ts";
import type { Model } from "../../model.ts";
import { mainStack } from "../../models/main-stack.ts";
import { formatHead, type HeadAddress } from "../../probe/head-address.ts";
import type { GenerateOptions } from "../../tasks/generate.ts";
import type { GeneratedRow, Generation, TokenEvent } from "../../tasks/generation.ts";
import { labelOf } from "../../views/from-run/run.ts";
import { oneLine } from "../../views/surface.ts";
import { type WordLook, wordsText } from "../../views/text/words.ts";
import { inputOf } from "../analysis/attention-run.ts";
import { deliverEach, type Found } from "../each-line.ts";
import { type Line, type LineOptions, readLines, textsIn } from "../input/lines.ts";
import { idsOf } from "../input/text-input.ts";
import { endPhase, loadWriter, type ModelOptions } from "../loading.ts";
import { modelJson, textJson } from "../model-json.ts";
import { headOf } from "../named.ts";
import { type FormatOptions, formatOf } from "../options/format.ts";
import { refuseIdle } from "../options/idle-options.ts";
import { type WritingCommand, writingOf } from "../options/writing-options.ts";
import { writeOut } from "../output.ts";
import { saySettings } from "../say-settings.ts";
import { expectTask } from "../task.ts";
import { terminalOf } from "../terminal/terminal.ts";
import { warn } from "../terminal/warnings.ts";
import { messagesOf } from "./chat.ts";

export interface GenerateCommand
  extends ModelOptions,
    FormatOptions,
    WritingCommand,
    Pick<LineOptions, "ids" | "lines"> {
  readonly chat?: boolean;
  readonly decoder?: string;
  readonly system?: string;
  readonly head?: string;
  readonly attention?: boolean;
}

/** `heed generate TEXT`: writes on, streaming to the terminal; with --attention, what every new token looked at. */
export async function generateText(
  given: string | undefined,
  options: GenerateCommand,
): Promise<void> {
  const format = formatOf(options, ["text", "json", "jsonl"] as const);
  const facts = { ...options, format };
  refuseIdle("generate", facts, ["a checkpoint that samples"]);
  const { ids, lines } = options;
  const inputs = await readLines(given, { ids, lines });
  const model = await loadWriter(options);
  const isSampling = model.generationConfig.do_sample === true;
  refuseIdle("generate", facts, [isSampling && "a checkpoint that samples"]);
  expectTask(model, "generate", ["language modeling"]);
  const writing = writingOf(options);
  if (options.head !== undefined) headOf(model, options.head, stackShown(model));
  const isAlone = (writing.numReturnSequences ?? 1) === 1;
  const isShown = format === "text" && options.out === undefined && !options.open;
  const { first } = inputs;
  if (isShown && isAlone && first.line === undefined)
    return streamed(model, first, { ...options, writing });
  let isSaid = false;
  await deliverEach(inputs, facts, async (line) => {
    const generation = await generated(model, line, { ...options, writing });
    if (!isSaid) saySettings(generation.settings);
    isSaid = true;
    return foundOf(model, line, generation, options);
  });
}

type Asked = GenerateCommand & { readonly writing: GenerateOptions };

async function generated(
  model: Model,
  line: Line,
  { writing, ...options }: Asked,
  onToken?: (event: TokenEvent) => void,
): Promise<Generation> {
  const read = options.attention ? [attentionSites(model)] : [];
  const asked = { ...writing, read, onWarning: warn, onToken };
  const generation = options.chat
    ? await model.chat(await messagesOf(startOf(model, line), options), asked)
    : await model.generate(inputOf(line, options), asked);
  endPhase("run");
  return generation;
}

/** Writes every token as it is chosen. */
async function streamed(model: Model, line: Line, options: Asked): Promise<void> {
  const start = printedStart(model, line, options);
  let isStarted = false;
  const generation = await generated(model, line, options, ({ text, token: { id } }) => {
    const own = model.tokenizer ? text : `${isStarted || start !== "" ? " " : ""}${id}`;
    // The prompt is printed with the first token, when nothing can be refused any more.
    process.stdout.write(visible(isStarted ? own : `${start}${own}`));
    isStarted = true;
  });
  saySettings(generation.settings);
  const attention = options.attention
    ? `\n\n${attentionText(model, generation, options.head)}`
    : "";
  await writeOut(`${isStarted ? "" : visible(start)}${attention}\n`);
}

function foundOf(
  model: Model,
  line: Line,
  generation: Generation,
  options: GenerateCommand,
): Found {
  const attention = () =>
    options.attention ? `\n\n${attentionText(model, generation, options.head)}` : "";
  const start = printedStart(model, line, options);
  const shown = (text: string) => (options.out === undefined ? visible(text) : text);
  return {
    text: () =>
      generation.rows.map((row) => shown(withWritten(model, start, row))).join("\n\n") +
      attention(),
    json: () => jsonOf(model, generation, [startOf(model, line)], options),
    columns: [],
    rows: () => [],
  };
}

/** A text with what was written behind it: as ids where no tokenizer makes a text of them. */
function withWritten({ tokenizer }: Model, start: string, row: GeneratedRow): string {
  if (tokenizer) return `${start}${row.text}`;
  return [...(start === "" ? [] : [start]), ...row.ids.slice(row.promptLength)].join(" ");
}

/** The text that what is written goes on from, where it is printed before it. */
function printedStart(model: Model, line: Line, { chat, decoder }: GenerateCommand): string {
  if (isBeside(model)) return decoder === undefined ? "" : decoderStart(model, line, decoder);
  return chat ? "" : startOf(model, line);
}

/** What --decoder says is written already: beside ids its ids. */
function decoderStart(model: Model, { input }: Line, decoder: string): string {
  if (typeof input === "string" || "text" in input) return decoder;
  return startOf(model, { line: undefined, input: idsOf(decoder, "--decoder") });
}

/** The text that is gone on from; of ids, what they stand for. */
function startOf(model: Model, line: Line): string {
  return textsIn(model, line)[0]!;
}

/** Whether what is written stands in a decoder of its own, beside the text that was read. */
function isBeside({ dimensions }: Model): boolean {
  return dimensions.decoderLayers !== undefined;
}

/** Whose heads are meant: of a decoder beside a text, those that look at it. */
function stackShown(model: Model): StackPrefix {
  return isBeside(model) ? "decoder.cross." : mainStack(model);
}

function attentionSites(model: Model): string {
  return isBeside(model) ? "decoder.layers.*.cross.weights" : "layers.*.weights";
}

/** For every new token, the key that the pass which chose it looked at most, in one head or over all. */
function looksOf(model: Model, generation: Generation, head: string | undefined): WordLook[] {
  const only = head === undefined ? undefined : headOf(model, head, stackShown(model));
  const beside = isBeside(model);
  const written = (beside ? generation.decoderTokens : generation.tokens)![0]!;
  const keys = beside ? generation.tokens[0]! : written;
  const { ids, promptLength } = generation.rows[0]!;
  const count = ids.length - promptLength;
  const first = written.length - count;
  return Array.from({ length: count }, (_, n) => {
    // A token is chosen by the pass over the token before it.
    const query = first + n - 1;
    const look = strongest(model, generation, {
      query,
      keys: beside ? keys.length : query + 1,
      only,
    });
    return { word: labelOf(written[first + n]!).text, at: labelOf(keys[look.key]!).text, ...look };
  });
}

interface Place {
  readonly query: number;
  readonly keys: number;
  readonly only: HeadAddress | undefined;
}

function strongest(model: Model, { trace }: Generation, { query, keys, only }: Place) {
  const sites = trace.sites.filter((site) => site.endsWith("weights"));
  let best = { layer: 0, head: 0, key: 0, weight: -1 };
  for (const [layer, site] of sites.entries()) {
    if (only && only.layer !== layer) continue;
    const weights = trace.get(site); // (B, H, T, S)
    const [, H] = weights.shape as readonly [number, number, number, number];
    for (let head = 0; head < H; head++) {
      if (only && only.head !== head) continue;
      for (let key = 0; key < keys; key++) {
        const weight = weights.at(0, head, query, key);
        if (weight > best.weight) best = { layer, head, key, weight };
      }
    }
  }
  if (best.weight < 0) throw new InputError(`${model.label}: no attention was read`);
  return best;
}

function attentionText(model: Model, generation: Generation, head: string | undefined): string {
  const note = `Each token was chosen by the pass over the token before it; shown is what that pass looked at most, in ${head === undefined ? "any head" : head}.`;
  return wordsText({ looks: looksOf(model, generation, head), note }, terminalOf(process.stdout));
}

function jsonOf(
  model: Model,
  generation: Generation,
  texts: readonly string[],
  { attention, head, ...options }: GenerateCommand,
) {
  return {
    model: modelJson(model, options),
    ...textJson(texts, generation),
    decoderTokens: generation.decoderTokens?.[0],
    seed: generation.seed,
    settings: generation.settings,
    rows: generation.rows,
    attention: attention
      ? looksOf(model, generation, head).map(({ layer, head, ...look }) => ({
          head: formatHead({ layer, head }),
          ...look,
          word: oneLine(look.word),
        }))
      : undefined,
  };
}
