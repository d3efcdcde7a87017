import { formatCount } from "../numbers.ts";
import { lyingBar } from "./bar.ts";
import { wrap } from "./layout.ts";
import { type Column, tableLines } from "./table.ts";
import { paint, type Terminal } from "./terminal.ts";

/** What a forward pass takes at one length. */
export interface PlanCounts {
  readonly tokens: number;
  readonly batch: number;
  readonly flops: number;
  readonly flopsByPart: Readonly<Record<string, number>>;
  readonly activationBytes: number;
  readonly cacheBytes: number;
  readonly weightsTensorBytes: number;
}

/** A plan of one model. */
export interface PlanPicture {
  readonly title: string;
  /** "gpt2: 12 layers × 12 heads of 64, 768 wide" */
  readonly shape: string;
  readonly parameters: number;
  readonly embeddingParameters: number;
  readonly counts: PlanCounts;
  /** The same at other lengths, shortest first. */
  readonly growth: readonly PlanCounts[];
  /** Floating-point operations a second, measured here; undefined when nothing was measured. */
  readonly measuredRate?: number;
  readonly notes: readonly string[];
}

const attention = "attention over tokens";

/** What a forward pass takes: operations by part, memory, how both grow with the text, and how long that would take here. */
export function planText(picture: PlanPicture, terminal: Terminal): string {
  const { title, shape, parameters, embeddingParameters, counts, growth, measuredRate, notes } =
    picture;
  const tokens = `${formatCount(counts.tokens)} tokens${counts.batch > 1 ? ` × ${counts.batch} texts` : ""}`;
  const line = (text: string) => wrap(text, terminal.width, " ");
  const heading = (text: string) => paint(text, { strong: true }, terminal);
  const weightBytes = parameters * 4;
  const intensity = counts.flops / (weightBytes + counts.activationBytes);
  return [
    heading(title),
    ...line(
      `${shape}; ${formatCount(parameters)} parameters, ${formatCount(embeddingParameters)} of them embeddings`,
    ),
    "",
    heading(`One forward pass over ${tokens}: ${flopsText(counts.flops)}`),
    ...tableLines(partColumns(counts, terminal), terminal),
    "",
    heading("Memory"),
    ...tableLines(memoryColumns(weightBytes, counts), terminal),
    ...line("Weights are kept as their file has them: 16 bits stay 16 bits."),
    ...line(
      `Arithmetic intensity: ${intensity.toFixed(1)} operations for each byte of weights and activations (float32); below about 10 a processor waits for memory.`,
    ),
    "",
    heading("How it grows with the text"),
    ...tableLines(growthColumns(growth), terminal),
    ...line(
      "Projections and feed-forward grow with the tokens; attention over tokens and its weights grow with their square: twice the text, four times as much.",
    ),
    ...(measuredRate === undefined ? [] : ["", ...line(timeText(counts.flops, measuredRate))]),
    ...notes.flatMap((note) => ["", ...line(note)]),
  ].join("\n");
}

function partColumns({ flops, flopsByPart }: PlanCounts, terminal: Terminal): Column[] {
  const parts = Object.entries(flopsByPart).filter(([, count]) => count > 0);
  const share = (count: number) => count / flops;
  return [
    { title: "part", align: "left", cells: parts.map(([name]) => ({ text: name })) },
    {
      title: "operations",
      align: "right",
      cells: parts.map(([, count]) => ({ text: flopsText(count) })),
    },
    {
      title: "share",
      align: "right",
      cells: parts.map(([, count]) => ({ text: `${(100 * share(count)).toFixed(1)}%` })),
    },
    {
      title: "",
      align: "left",
      cells: parts.map(([, count]) => ({ text: lyingBar(share(count), 24, terminal.unicode) })),
    },
  ];
}

function memoryColumns(weightBytes: number, counts: PlanCounts): Column[] {
  const rows: [string, string][] = [
    [
      "weights, float32 / float16 / int8",
      [1, 2, 4].map((part) => bytesText(weightBytes / part)).join(" / "),
    ],
    ["activations at their peak, float32", bytesText(counts.activationBytes)],
    ["all attention weights (every layer, head, query, key)", bytesText(counts.weightsTensorBytes)],
  ];
  if (counts.cacheBytes > 0)
    rows.push(["cache of keys and values while generating", bytesText(counts.cacheBytes)]);
  return [
    {
      title: "",
      align: "left",
      flexible: true,
      wraps: true,
      cells: rows.map(([name]) => ({ text: name })),
    },
    { title: "", align: "right", cells: rows.map(([, size]) => ({ text: size })) },
  ];
}

function growthColumns(growth: readonly PlanCounts[]): Column[] {
  const column = (title: string, of: (counts: PlanCounts) => string): Column => ({
    title,
    align: "right",
    cells: growth.map((counts) => ({ text: of(counts) })),
  });
  return [
    column("tokens", ({ tokens }) => formatCount(tokens)),
    column("operations", ({ flops }) => flopsText(flops)),
    column("attention over tokens", ({ flopsByPart }) => flopsText(flopsByPart[attention] ?? 0)),
    column(
      "its share",
      ({ flops, flopsByPart }) => `${((100 * (flopsByPart[attention] ?? 0)) / flops).toFixed(1)}%`,
    ),
    column("all weights", ({ weightsTensorBytes }) => bytesText(weightsTensorBytes)),
    ...(growth.some(({ cacheBytes }) => cacheBytes > 0)
      ? [column("cache", ({ cacheBytes }) => bytesText(cacheBytes))]
      : []),
  ];
}

function timeText(flops: number, rate: number): string {
  const seconds = flops / rate;
  const time =
    seconds < 1
      ? `${(1000 * seconds).toFixed(seconds < 0.01 ? 1 : 0)} ms`
      : seconds < 120
        ? `${seconds.toFixed(1)} s`
        : seconds < 7200
          ? `${(seconds / 60).toFixed(0)} min`
          : `${(seconds / 3600).toFixed(1)} h`;
  return `On this machine: about ${time} a pass, if all of it ran at the ${flopsText(rate)} a second just measured on a matrix product, and if the weights fit into memory. An estimate.`;
}

/** 32312500000 → "32.3 GFLOP" */
export function flopsText(flops: number): string {
  const [value, unit] = scaled(flops, ["", "k", "M", "G", "T", "P", "E"]);
  return `${value >= 100 ? value.toFixed(0) : value.toPrecision(3)} ${unit}FLOP`;
}

/** Bytes in powers of 1000, as files are sized. */
export function bytesText(bytes: number): string {
  const [value, unit] = scaled(bytes, ["B", "kB", "MB", "GB", "TB", "PB"]);
  return `${value >= 100 || unit === "B" ? value.toFixed(0) : value.toPrecision(3)} ${unit}`;
}

/** A number below 1000 and its unit; each unit is 1000 of the one before. */
function scaled(amount: number, units: readonly string[]): [value: number, unit: string] {
  let value = amount;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return [value, units[unit]!];
}
