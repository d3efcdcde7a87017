import { existsSync, readFileSync, statSync } from "node:fs";
import { parseJson } from "../../checkpoint/json/strict-json.ts";
import { openCheckpoint } from "../../checkpoint/open.ts";
import { InputError } from "../../errors/errors.ts";
import { nearest } from "../../errors/nearest.ts";
import type { RawConfig } from "../../families/config.ts";
import { type Dimensions, dimensionsIn } from "../../families/family.ts";
import { openSource } from "../../load.node.ts";
import { type Planned, planModel } from "../../models/plan.ts";
import { gpt4, presets } from "../../models/presets/presets.ts";
import { sharedName, shortName } from "../../models/short-name.ts";
import { type PlanPicture, planText } from "../../views/text/plan.ts";
import type { ModelOptions } from "../loading.ts";
import { measureRate } from "../measure-rate.ts";
import { type ModelJson, plannedJson } from "../model-json.ts";
import { wholeNumber } from "../named.ts";
import { type FormatOptions, formatOf } from "../options/format.ts";
import { refuseIdle } from "../options/idle-options.ts";
import { deliver, json } from "../output.ts";
import { terminalOf } from "../terminal/terminal.ts";
import { presetNamed } from "./models.ts";

export interface PlanOptions extends ModelOptions, FormatOptions {
  readonly tokens?: string;
  readonly batch?: string;
  readonly measure?: boolean;
}

const growthFactors = [1 / 16, 1 / 8, 1 / 4, 1 / 2, 1, 2, 4];
const usualTokens = 512;

/** `heed plan MODEL`: what a forward pass takes, counted by recording it; no weight is read. */
export async function plan(model: string, options: PlanOptions): Promise<void> {
  const format = formatOf(options, ["text", "json"] as const);
  refuseIdle("plan", options, [isHubId(model) && "a hub id"]);
  const tokens = options.tokens === undefined ? undefined : wholeNumber(options.tokens, "--tokens");
  const batch = wholeNumber(options.batch ?? "1", "--batch");
  const rate = options.measure === false ? undefined : await measureRate(options.backend);
  const pictures: (PlanPicture & { readonly model: ModelJson })[] = [];
  for (const { name, title, config, notes } of await subjects(model, options.revision)) {
    const planned = await planModel(config, title, options);
    const picture = pictureOf(planned, { title, notes, tokens, batch, rate });
    pictures.push({ model: plannedJson(planned, name, title), ...picture });
  }
  const content =
    format === "json"
      ? json(pictures)
      : pictures.map((picture) => planText(picture, terminalOf(process.stdout))).join("\n\n");
  await deliver(content, options, format);
}

interface Subject {
  readonly name: string;
  readonly title: string;
  readonly config: RawConfig;
  readonly notes: readonly string[];
}

/** A preset, a config.json, a folder or a hub id; GPT-4 gives two, the ends of a range. */
async function subjects(model: string, revision: string | undefined): Promise<Subject[]> {
  const preset = presetNamed(model);
  if (preset)
    return [
      {
        name: preset.name,
        title: preset.title,
        config: preset.config,
        notes: preset.note ? [`${preset.title}: ${preset.note}.`] : [],
      },
    ];
  if (model.toLowerCase() === gpt4.name) {
    const unknown = `Unknown: ${gpt4.unknown.join(", ")}. ${gpt4.note}`;
    return [
      {
        name: gpt4.name,
        title: `${gpt4.title}, lower end of what is supposed`,
        config: gpt4.low,
        notes: [],
      },
      {
        name: gpt4.name,
        title: `${gpt4.title}, upper end of what is supposed`,
        config: gpt4.high,
        notes: [unknown],
      },
    ];
  }
  if (existsSync(model) && statSync(model).isFile() && !/\.gguf$/i.test(model))
    return [
      { name: shortName(model), title: sharedName(model), config: readConfig(model), notes: [] },
    ];
  if (!/[/\\.]/.test(model) && !existsSync(model)) {
    const names = [...presets.map(({ name }) => name), gpt4.name];
    const begun = names.filter((name) => name.startsWith(model.toLowerCase()));
    throw new InputError(
      `plan: no model is called "${model}"${nearest(model.toLowerCase(), begun.length > 0 ? begun : names)}. heed models lists them all; or give a config.json, a folder or a hub id`,
    );
  }
  const source = await openSource(model, { revision });
  const checkpoint = await openCheckpoint(source, { weights: false });
  await checkpoint.close();
  return [
    { name: shortName(model), title: sharedName(model), config: checkpoint.config, notes: [] },
  ];
}

/** Whether a model is looked for on the hub: no preset, no file, no folder, no address. */
function isHubId(model: string): boolean {
  const isNamed = presetNamed(model) !== undefined || model.toLowerCase() === gpt4.name;
  return !isNamed && /^[^./~:\\][^:\\]*\/[^:\\]*$/.test(model) && !existsSync(model);
}

function readConfig(file: string): RawConfig {
  return parseJson(readFileSync(file, "utf8"), file) as RawConfig;
}

/** The numbers of a model's stacks in a line; one that is as the other is not told twice. */
function shapeOf(dimensions: Dimensions): string {
  const told = ({ layers, heads, headWidth, width }: Dimensions) =>
    `${layers} layers × ${heads} heads of ${headWidth}, ${width} wide`;
  const [first, second] = [dimensions, dimensionsIn(dimensions, "decoder.")].map(told);
  return first === second ? first! : `${first}; a decoder of ${second}`;
}

function pictureOf(
  planned: Planned,
  {
    title,
    notes,
    tokens,
    batch,
    rate,
  }: { title: string; notes: readonly string[]; tokens?: number; batch: number; rate?: number },
): PlanPicture {
  const { positions } = planned.dimensions;
  const length = tokens ?? Math.min(usualTokens, positions ?? usualTokens);
  if (positions !== undefined && length > positions)
    throw new InputError(`plan: ${length} tokens, but ${title} has positions for ${positions}`);
  const lengths = growthFactors
    .map((factor) => Math.round(length * factor))
    .filter((count) => count >= 1 && count <= (positions ?? count));
  return {
    title,
    shape: `${planned.type}: ${shapeOf(planned.dimensions)}`,
    parameters: planned.parameters,
    embeddingParameters: planned.embeddingParameters,
    counts: planned.count(length, batch),
    growth: [...new Set(lengths)].map((count) => planned.count(count, batch)),
    measuredRate: rate,
    notes,
  };
}
