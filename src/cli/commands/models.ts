import { InputError } from "../../errors/errors.ts";
import { type Planned, planModel } from "../../models/plan.ts";
import { agreements } from "../../models/presets/agreement.ts";
import { networkKind } from "../../models/presets/network-kind.ts";
import type { Preset } from "../../models/presets/preset.ts";
import { gpt4, presets } from "../../models/presets/presets.ts";
import {
  chosenModelsText,
  type ModelRow,
  modelsText,
  type Observation,
} from "../../views/text/models.ts";
import { plannedJson } from "../model-json.ts";
import { type FormatOptions, formatOf } from "../options/format.ts";
import { csv, deliver, json } from "../output.ts";
import { terminalOf } from "../terminal/terminal.ts";

const formats = ["text", "json", "csv", "md"] as const;
const usualHeadWidth = 64;

/** What networks do, as headings. */
const kinds = {
  decoder: "Decoders write on: every token sees those before it",
  encoder: "Encoders read: every token sees all",
  both: "Encoders and decoders: a text is read whole, another is written",
  sound: "Sound: half a minute is heard, words are written",
  images: "Images: patches see each other",
  towers: "Images and texts: two towers meet in one space",
} as const;

interface TableEntry {
  readonly preset: Preset;
  readonly planned: Planned;
}

/** `heed models`: the table of models, or those that words choose, computed from each family's own forward pass. */
export async function models(words: readonly string[], options: FormatOptions): Promise<void> {
  const format = formatOf(options, formats);
  const all = await plannedPresets();
  const chosen = chosenBy(words, [...all.map(rowOf), unknownRow]);
  const entries = all.filter(({ preset }) => chosen.some(({ name }) => name === preset.name));
  const unknown = chosen.includes(unknownRow) ? { unknown: gpt4 } : {};
  const observations = words.length === 0 ? observe(entries) : [];
  const terminal = terminalOf(process.stdout);
  const content = {
    text: () =>
      words.length === 0
        ? modelsText(chosen, observations, terminal)
        : chosenModelsText(chosen, terminal),
    json: () => json({ models: entries.map(jsonOf), ...unknown, observations }),
    csv: () => csv(header, chosen.map(cellsOf)),
    md: () => markdown(chosen),
  }[format];
  await deliver(content(), options, format);
}

/** Rows whose name, title, family or hub id has one of the words. Throws InputError for a word that no row has. */
function chosenBy(words: readonly string[], rows: readonly ModelRow[]): readonly ModelRow[] {
  if (words.length === 0) return rows;
  const has = ({ name, title, family, hub = "" }: ModelRow, word: string) =>
    [name, title, family, hub].some((text) => text.toLowerCase().includes(word.toLowerCase()));
  const missing = words.find((word) => !rows.some((row) => has(row, word)));
  if (missing !== undefined)
    throw new InputError(
      `models: no model or family has ${JSON.stringify(missing)} in its name. heed models lists them all`,
    );
  return rows.filter((row) => words.some((word) => has(row, word)));
}

/** Every row of the table, the unknown one last. */
export async function modelRows(): Promise<ModelRow[]> {
  return [...(await plannedPresets()).map(rowOf), unknownRow];
}

function plannedPresets(): Promise<TableEntry[]> {
  return Promise.all(
    presets.map(async (preset) => ({
      preset,
      planned: await planModel(preset.config, preset.title),
    })),
  );
}

const unknownRow: ModelRow = {
  name: gpt4.name,
  title: gpt4.title,
  family: "unknown",
  kind: kinds.decoder,
  context: "8192, 32768",
  licence: "not public",
  note: `${gpt4.note} Unknown: ${gpt4.unknown.join(", ")}`,
};

/** A preset by the name `heed plan` takes, or as the table of models writes it: "gpt3-175b", "GPT-3 175B". */
export function presetNamed(name: string): Preset | undefined {
  const asked = name.toLowerCase();
  return presets.find((preset) => [preset.name, preset.title.toLowerCase()].includes(asked));
}

function rowOf({ preset, planned }: TableEntry): ModelRow {
  const { dimensions } = planned;
  return {
    name: preset.name,
    title: preset.title,
    family: planned.type,
    kind: kinds[networkKind(planned.network)],
    width: dimensions.width,
    heads: dimensions.heads,
    headWidth: dimensions.headWidth,
    layers:
      dimensions.decoderLayers === undefined
        ? String(dimensions.layers)
        : `${dimensions.layers} + ${dimensions.decoderLayers}`,
    feedForward: dimensions.feedForward,
    context: dimensions.positions === undefined ? "any" : String(dimensions.positions),
    parameters: planned.parameters,
    hub: preset.hub && (preset.revision ? `${preset.hub} (${preset.revision})` : preset.hub),
    licence: preset.licence,
    note: preset.note,
    difference: agreements[planned.type]?.difference,
  };
}

const header = [
  "name",
  "title",
  "family",
  "width",
  "heads",
  "head_width",
  "layers",
  "feed_forward",
  "context",
  "parameters",
  "bytes_float32",
  "bytes_float16",
  "bytes_int8",
  "hub",
  "licence",
  "note",
  "difference_from_pytorch",
];

function cellsOf(row: ModelRow): (string | number)[] {
  const {
    name,
    title,
    family,
    width,
    heads,
    headWidth,
    layers,
    feedForward,
    context,
    parameters,
    hub,
    licence,
    note,
    difference,
  } = row;
  return [
    name,
    title,
    family,
    width,
    heads,
    headWidth,
    layers,
    feedForward,
    context,
    parameters,
    parameters && 4 * parameters,
    parameters && 2 * parameters,
    parameters,
    hub,
    licence,
    note,
    difference,
  ].map((cell) => cell ?? "");
}

function jsonOf({ preset, planned }: TableEntry) {
  const { config: _, published, ...about } = preset;
  return {
    ...about,
    family: planned.type,
    ...planned.dimensions,
    model: plannedJson(planned, preset.name, preset.title),
    parameters: planned.parameters,
    publishedMillions: published,
    agreement: agreements[planned.type],
    weightBytes: {
      float32: planned.parameters * 4,
      float16: planned.parameters * 2,
      int8: planned.parameters,
    },
  };
}

/** The table for a README. */
function markdown(rows: readonly ModelRow[]): string {
  const lines = rows.map(
    ({ title, family, width, heads, headWidth, layers, feedForward, context, parameters }) =>
      [
        title,
        `\`${family}\``,
        width,
        heads,
        headWidth,
        layers,
        feedForward,
        context,
        parameters?.toLocaleString("en"),
      ]
        .map((cell) => cell ?? "unknown")
        .join(" | "),
  );
  return [
    "| model | family | width | heads | head width | layers | feed-forward | context | parameters |",
    "|---|---|---|---|---|---|---|---|---|",
    ...lines.map((line) => `| ${line} |`),
  ].join("\n");
}

/** What can be said of the table as a whole, counted each time. */
function observe(entries: readonly TableEntry[]): Observation[] {
  if (entries.length === 0) throw new InputError("models: there are no models to count");
  const all = entries.map(({ planned }) => planned.dimensions);
  const titlesWhere = (test: (dimensions: (typeof all)[number]) => boolean) =>
    entries.filter(({ planned }) => test(planned.dimensions)).map(({ preset }) => preset.title);
  const otherWidths = all
    .map(({ headWidth }) => headWidth)
    .filter((width) => width !== usualHeadWidth);
  const uneven = titlesWhere(({ heads, headWidth, width }) => heads * headWidth !== width);
  const bySize = [...entries].sort((a, b) => a.planned.parameters - b.planned.parameters);
  const third = Math.floor(bySize.length / 3);
  const range = (part: readonly TableEntry[], of: "width" | "heads") => {
    const values = part.map(({ planned }) => planned.dimensions[of]);
    return `${Math.min(...values)} to ${Math.max(...values)}`;
  };
  const small = bySize.slice(0, third);
  const big = bySize.slice(-third);
  return [
    {
      claim: "Most heads are 64 wide:",
      counted: `${all.length - otherWidths.length} of ${all.length}; the others are ${Math.min(...otherWidths)} to ${Math.max(...otherWidths)} wide.`,
    },
    {
      claim: "The width is divided among the heads:",
      counted: `in ${all.length - uneven.length} of ${all.length}, heads times head width is the width${uneven.length > 0 ? `; not in ${uneven.join(", ")}` : ""}.`,
    },
    {
      claim: "Big models have more of both:",
      counted: `the ${big.length} largest are ${range(big, "width")} wide with ${range(big, "heads")} heads.`,
    },
    {
      claim: "Small ones trade width for depth or heads:",
      counted: `the ${small.length} smallest are ${range(small, "width")} wide with ${range(small, "heads")} heads.`,
    },
  ];
}
