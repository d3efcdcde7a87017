import { InputError } from "../../errors/errors.ts";
import { visible } from "../../errors/visible.ts";
import type { Model } from "../../model.ts";
import type { TextInput } from "../../models/inputs.ts";
import { formatHead, type HeadAddress } from "../../probe/head-address.ts";
import type { Generation, TokenEvent } from "../../tasks/generation.ts";
import { oneLine } from "../../views/surface.ts";
import { type WordLook, wordsText } from "../../views/text/words.ts";
import { endPhase, loadModel, type ModelOptions, warn } from "../loading.ts";
import { modelJson, textJson } from "../model-json.ts";
import { headOf } from "../named.ts";
import { type FormatOptions, formatOf } from "../options/format.ts";
import { refuseIdle } from "../options/idle-options.ts";
import { type WritingCommand, writingOf } from "../options/writing-options.ts";
import { deliver, json } from "../output.ts";
import { labelOf } from "../picture.ts";
import { saySettings } from "../say-settings.ts";
import { expectTask } from "../task.ts";
import { terminalOf } from "../terminal/terminal.ts";
import { readIdsOr, textsOf } from "../text-input.ts";
import { messagesOf } from "./chat.ts";

export interface GenerateCommand extends ModelOptions, FormatOptions, WritingCommand {
  readonly ids?: string;
  readonly chat?: boolean;
  readonly system?: string;
  readonly head?: string;
  readonly attention?: boolean;
}

/** `heed generate TEXT`: writes on, streaming to the terminal; with --attention, what every new token looked at. */
export async function generateText(
  text: string | undefined,
  options: GenerateCommand,
): Promise<void> {
  const format = formatOf(options, ["text", "json"] as const);
  const facts = { ...options, format };
  refuseIdle("generate", facts, ["a checkpoint that samples"]);
  const input = await readIdsOr(text, options.ids);
  const model = await loadModel(options);
  const isSampling = model.generationConfig.do_sample === true;
  refuseIdle("generate", facts, [isSampling && "a checkpoint that samples"]);
  expectTask(model, "generate", ["language modeling"]);
  const writing = writingOf(options);
  if (options.head !== undefined) headOf(model, options.head);
  const read = options.attention ? [attentionSites(model)] : [];
  const isAlone = (writing.numReturnSequences ?? 1) === 1;
  const isStreamed = format === "text" && options.out === undefined && !options.open && isAlone;
  let isStarted = false;
  const start = isBeside(model) || options.chat ? "" : startOf(model, input);
  const write = (part: string) => {
    // The prompt is printed with the first token, when nothing can be refused any more.
    if (!isStarted) process.stdout.write(visible(start));
    isStarted = true;
    process.stdout.write(visible(part));
  };
  const asked = {
    ...writing,
    read,
    onWarning: warn,
    onToken: ({ text }: TokenEvent) => {
      if (isStreamed) write(text);
    },
  };
  const generation = options.chat
    ? await model.chat(messagesOf(startOf(model, input), options), asked)
    : await model.generate(Array.isArray(input) ? [input] : input, asked);
  endPhase("run");
  saySettings(generation.settings);
  const attention = options.attention
    ? `\n\n${attentionText(model, generation, options.head)}`
    : "";
  const texts = generation.rows
    .map(({ text }) => (options.out === undefined ? visible(`${start}${text}`) : `${start}${text}`))
    .join("\n\n");
  if (format === "json")
    await deliver(json(jsonOf(model, generation, [startOf(model, input)], options)), facts);
  else if (isStreamed) process.stdout.write(`${attention}\n`);
  else await deliver(`${texts}${attention}`, facts);
}

/** The text that is gone on from; of ids, what they stand for. */
function startOf({ tokenizer }: Model, input: TextInput | readonly number[]): string {
  if (Array.isArray(input)) return tokenizer?.decode(input) ?? "";
  return textsOf(input as TextInput)[0]!;
}

/** Whether what is written stands in a decoder of its own, beside the text that was read. */
function isBeside({ dimensions }: Model): boolean {
  return dimensions.decoderLayers !== undefined;
}

function attentionSites(model: Model): string {
  return isBeside(model) ? "decoder.layers.*.cross.weights" : "layers.*.weights";
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
