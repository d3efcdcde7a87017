import { InputError } from "../../errors/errors.ts";
import type { Model } from "../../model.ts";
import { formatHead, type HeadAddress } from "../../probe/address.ts";
import type { GenerateOptions } from "../../tasks/generate.ts";
import type { Generation } from "../../tasks/generation.ts";
import { oneLine } from "../../views/surface.ts";
import { type WordLook, wordsText } from "../../views/text/words.ts";
import { type FormatOptions, formatOf } from "../format.ts";
import { refuseIdle } from "../idle-options.ts";
import { endPhase, loadModel, type ModelOptions, warn } from "../loading.ts";
import { modelJson, textJson } from "../model-json.ts";
import { headOf, wholeNumber } from "../named.ts";
import { deliver, json } from "../output.ts";
import { labelOf } from "../picture.ts";
import { expectTask } from "../task.ts";
import { terminalOf } from "../terminal.ts";
import { readText, textsOf } from "../text-input.ts";

export interface GenerateCommand extends ModelOptions, FormatOptions {
  readonly tokens?: string;
  readonly temperature?: string;
  readonly topK?: string;
  readonly topP?: string;
  readonly repetitionPenalty?: string;
  readonly seed?: string;
  readonly stop?: readonly string[];
  readonly head?: string;
  readonly attention?: boolean;
}

/** `heed generate TEXT`: writes on, streaming to the terminal; with --attention, what every new token looked at. */
export async function generateText(text: string, options: GenerateCommand): Promise<void> {
  const format = formatOf(options, ["text", "json"] as const);
  const facts = { ...options, format };
  refuseIdle("generate", facts, ["a checkpoint that samples"]);
  const input = await readText(text);
  const model = await loadModel(options);
  const isSampling = model.generationConfig.do_sample === true;
  refuseIdle("generate", facts, [isSampling && "a checkpoint that samples"]);
  expectTask(model, "generate", ["language modeling"]);
  const sampling = samplingOf(options);
  if (options.head !== undefined) headOf(model, options.head);
  const read = options.attention ? [attentionSites(model)] : [];
  const isStreamed = format === "text" && options.out === undefined && !options.open;
  let isStarted = false;
  const start = isBeside(model) ? "" : textsOf(input)[0]!;
  const write = (part: string) => {
    // The prompt is printed with the first token, when nothing can be refused any more.
    if (!isStarted) process.stdout.write(start);
    isStarted = true;
    process.stdout.write(part);
  };
  const generation = await model.generate(input, {
    ...sampling,
    read,
    onWarning: warn,
    onToken: ({ text }) => {
      if (isStreamed) write(text);
    },
  });
  endPhase("run");
  saySettings(generation);
  const attention = options.attention
    ? `\n\n${attentionText(model, generation, options.head)}`
    : "";
  if (format === "json")
    await deliver(json(jsonOf(model, generation, textsOf(input), options)), { ...options, format });
  else if (isStreamed) process.stdout.write(`${attention}\n`);
  else await deliver(`${start}${generation.rows[0]!.text}${attention}`, { ...options, format });
}

/** Says on stderr what the checkpoint's own files have decided. */
function saySettings({ settings }: Generation): void {
  const { fromFile } = settings;
  if (fromFile.length === 0) return;
  const said = fromFile.map((name) => {
    const value = settings[name as keyof typeof settings];
    return `${name} ${JSON.stringify(value)}`;
  });
  warn(`the checkpoint's generation settings hold: ${said.join(", ")}`);
}

/** Whether what is written stands in a decoder of its own, beside the text that was read. */
function isBeside({ dimensions }: Model): boolean {
  return dimensions.decoderLayers !== undefined;
}

function attentionSites(model: Model): string {
  return isBeside(model) ? "decoder.layers.*.cross.weights" : "layers.*.weights";
}

function samplingOf(options: GenerateCommand): GenerateOptions {
  const given = {
    maxNewTokens:
      options.tokens === undefined ? undefined : wholeNumber(options.tokens, "--tokens"),
    temperature: numberOf(options.temperature, "--temperature"),
    topK: numberOf(options.topK, "--top-k"),
    topP: numberOf(options.topP, "--top-p"),
    repetitionPenalty: numberOf(options.repetitionPenalty, "--repetition-penalty"),
    seed: numberOf(options.seed, "--seed"),
    stop: options.stop,
  };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}

function numberOf(text: string | undefined, option: string): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (text.trim() === "" || !Number.isFinite(value))
    throw new InputError(`${option} ${text}: needs a number`);
  return value;
}

/** For every new token, the key that the pass which chose it looked at most, in one head or over all. */
function looksOf(model: Model, generation: Generation, head: string | undefined): WordLook[] {
  const only = head === undefined ? undefined : headOf(model, head);
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
