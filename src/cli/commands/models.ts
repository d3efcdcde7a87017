import { InputError } from "../../errors/errors.ts";
import { type Planned, planModel } from "../../models/plan.ts";
import type { Preset } from "../../models/preset.ts";
import { gpt4, presets } from "../../models/presets.ts";
import { type ModelRow, modelsText, type Observation } from "../../views/text/models.ts";
import { plannedJson } from "../model-json.ts";
import { type FormatOptions, formatOf } from "../options/format.ts";
import { csv, deliver, json } from "../output.ts";
import { terminalOf } from "../terminal/terminal.ts";

const formats = ["text", "json", "csv", "md"] as const;
const usualHeadWidth = 64;

interface TableEntry {
  readonly preset: Preset;
  readonly planned: Planned;
}

/** `heed models`: the table of models, computed from each family's own forward pass. */
export async function models(options: FormatOptions): Promise<void> {
  const format = formatOf(options, formats);
  const entries = await plannedPresets();
  const rows = [...entries.map(rowOf), unknownRow];
  const observations = observe(entries);
  const content = {
    text: () => modelsText(rows, observations, terminalOf(process.stdout)),
    json: () => json({ models: entries.map(jsonOf), unknown: gpt4, observations }),
    csv: () => csv(header, rows.map(cellsOf)),
    md: () => markdown(rows),
  }[format];
  await deliver(content(), options, format);
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
  context: "8192, 32768",
  licence: "not public",
  note: `${gpt4.note} Unknown: ${gpt4.unknown.join(", ")}`,
};

/** A preset by the name `heed plan` takes. */
export function presetNamed(name: string): Preset | undefined {
  return presets.find((preset) => preset.name === name.toLowerCase());
}

function rowOf({ preset, planned }: TableEntry): ModelRow {
  const { dimensions } = planned;
  return {
    name: preset.name,
    title: preset.title,
    family: planned.type,
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
  const others = titlesWhere(({ headWidth }) => headWidth !== usualHeadWidth);
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
      counted: `${all.length - others.length} of ${all.length}; not ${others.join(", ")}.`,
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
