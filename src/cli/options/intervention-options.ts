import { type GridPlan, gridAxes } from "../../analysis/interventions/grid.ts";
import type {
  Cut,
  Fill,
  Intervention,
  OtherInput,
  Transplant,
} from "../../analysis/interventions/intervention.ts";
import type { RunnableExperiment } from "../../analysis/interventions/run-experiment.ts";
import type { Stack } from "../../analysis/layers/attention-maps.ts";
import { InputError } from "../../errors/errors.ts";
import { wholeNumber } from "../named.ts";

/** What says on the command line what is changed. */
export interface InterventionOptions {
  /** True where nothing is named, as a grid takes every one. */
  readonly zero?: readonly string[] | true;
  readonly mean?: readonly string[] | true;
  readonly resample?: readonly string[] | true;
  readonly cut?: readonly string[];
  readonly how?: Cut["how"];
  readonly from?: string;
  readonly path?: string;
  readonly steer?: string;
  readonly toward?: string;
  readonly away?: string;
  readonly head?: readonly string[];
  readonly layers?: string;
  readonly site?: Transplant["site"];
  readonly at?: readonly string[];
  readonly stack?: Stack;
  readonly grid?: GridPlan["over"];
  readonly controls?: string;
}

/** The other inputs an experiment was given, read. */
export interface OtherInputs {
  readonly from: OtherInput | undefined;
  /** Texts of --texts, over which means go and from which is drawn. */
  readonly texts: readonly OtherInput[] | undefined;
  readonly toward: OtherInput | undefined;
  readonly away: OtherInput | undefined;
}

const usualScale = 1;

/** What an experiment does, by its options. Throws InputError where they say nothing to do, or contradict each other. */
export function doneBy(
  options: InterventionOptions,
  others: OtherInputs,
): RunnableExperiment["do"] {
  if (options.grid !== undefined) return gridOf(options, others);
  const interventions = [
    ...ablationsOf("zero", options, others),
    ...ablationsOf("mean", options, others),
    ...ablationsOf("resample", options, others),
    ...cutsOf(options),
    ...pathOf(options, others),
    ...steeringOf(options, others),
    ...transplantOf(options, others),
  ];
  if (interventions.length === 0)
    throw new InputError(
      'patch: nothing is changed. Say what: --zero L5H11, --cut "it->cat" --head L3H1, --mean L4.mlp, --from "another text" --head L3H1, or --grid heads',
    );
  const { controls } = options;
  const stack = options.stack && { stack: options.stack };
  return {
    kind: "patch",
    interventions: interventions.map((one) => ({ ...one, ...stack })),
    ...(controls === undefined
      ? {}
      : { controls: controls === "0" ? 0 : wholeNumber(controls, "--controls") }),
  };
}

/** Layers as an option names them: "3", "2-4", "1,5". */
export function layersOf(text: string, option = "--layers"): number[] {
  const layers = text.split(",").flatMap((part) => {
    const [, first, last] = /^\s*L?(\d+)(?:\s*(?:-|\.\.|–)\s*L?(\d+))?\s*$/i.exec(part) ?? [];
    const [start, end] = [Number(first), Number(last ?? first)];
    if (first === undefined || end < start)
      throw new InputError(`${option} ${text}: needs layers: 3, or 2-4, or 1,5`);
    return Array.from({ length: end - start + 1 }, (_, n) => start + n);
  });
  return [...new Set(layers)];
}

function gridOf(
  options: InterventionOptions,
  { from, texts }: OtherInputs,
): RunnableExperiment["do"] {
  const { grid, layers, stack, site } = options;
  if (!gridAxes.includes(grid!))
    throw new InputError(`--grid ${grid}: there are ${gridAxes.join(", ")}`);
  const fills = (["zero", "mean", "resample"] as const).filter(
    (name) => options[name] !== undefined,
  );
  if (fills.some((name) => options[name] !== true))
    throw new InputError(
      `--grid ${grid} takes every one of them in turn, so --${fills[0]} names none: --${fills[0]} --grid ${grid}`,
    );
  if (from === undefined && fills.length === 0)
    throw new InputError(
      `--grid ${grid}: what is done in each cell? --from "another text" takes its numbers, --zero or --mean silences`,
    );
  if (from !== undefined && (fills.length > 1 || (fills.length === 1 && fills[0] !== "resample")))
    throw new InputError(
      `--grid ${grid}: --from and --${fills[0]} contradict each other. Leave out one of them`,
    );
  const isAblation = fills.length === 1;
  return {
    kind: "grid",
    over: grid!,
    change: isAblation
      ? { kind: "ablate", by: fillOf(fills[0]!, { from, texts }) }
      : { kind: "transplant", from: from!, ...(site && { site }) },
    ...(layers === undefined ? {} : { layers: layersOf(layers) }),
    ...(stack && { stack }),
  };
}

function fillOf(
  name: "zero" | "mean" | "resample",
  { from, texts }: Pick<OtherInputs, "from" | "texts">,
): Fill {
  if (name === "zero") return "zero";
  if (name === "mean") return { mean: texts ?? "text" };
  const drawnFrom = texts ?? (from === undefined ? undefined : [from]);
  if (!drawnFrom)
    throw new InputError(
      '--resample: from which text? --from "another text", or --texts a file with one a line',
    );
  return { resample: drawnFrom };
}

/** The options of an experiment on a picture: "3,5" is one of its patches, not two words. */
export function withPatches<Options extends InterventionOptions>(options: Options): Options {
  const joined = (words: readonly string[] | true | undefined) =>
    words === true
      ? words
      : (words?.join(",").match(/\d+,\d+\s*(->|→|=>)\s*\d+,\d+|\d+,\d+(?=,|$)|[^,]+/g) ??
        undefined);
  const { zero, mean, resample, at } = options;
  return {
    ...options,
    ...(zero && { zero: joined(zero) }),
    ...(mean && { mean: joined(mean) }),
    ...(resample && { resample: joined(resample) }),
    ...(at && { at: joined(at) }),
  };
}

/** "L5H11" is a head, "L4" a layer, "L4.attention" or "L4.mlp" a part of one, "it->cat" a link; anything else a word. */
function ablationsOf(
  name: "zero" | "mean" | "resample",
  options: InterventionOptions,
  others: OtherInputs,
): Intervention[] {
  const targets = options[name];
  if (targets === undefined) return [];
  if (targets === true)
    throw new InputError(
      `--${name}: what? L5H11, L4, L4.attention, L4.mlp, a link "it->cat", or a word: --${name} L5H11`,
    );
  const by = fillOf(name, others);
  const at = options.at && { query: options.at };
  const heads = targets.filter((target) => headForm.test(target));
  const layers = targets.filter((target) => layerForm.test(target));
  const links = targets.filter(isLink);
  if (links.length > 0 && options.at)
    throw new InputError(`--at does nothing with --${name} ${links[0]}: a link names its words`);
  const words = targets.filter(
    (target) => ![heads, layers, links].some((others) => others.includes(target)),
  );
  const mistyped = words.find((word) => /^L\d+[.H]/i.test(word));
  if (mistyped !== undefined)
    throw new InputError(
      `--${name} ${mistyped}: a head is written L5H11, a layer L5, a part of one L5.attention or L5.mlp`,
    );
  const parts = [undefined, "attention", "mlp"] as const;
  return [
    ...(heads.length > 0 ? [{ kind: "ablateHeads", heads, by, ...at } as const] : []),
    ...parts.flatMap((part) => {
      const own = layers.filter((target) => target.split(".")[1]?.toLowerCase() === part);
      if (own.length === 0) return [];
      const numbers = own.map((target) => Number.parseInt(target.slice(1), 10));
      return [{ kind: "ablateLayers", layers: numbers, part: part ?? "both", by, ...at } as const];
    }),
    ...(words.length > 0
      ? [
          {
            kind: "ablatePositions",
            query: words,
            by,
            ...(options.layers !== undefined && { layers: layersOf(options.layers) }),
          } as const,
        ]
      : []),
    ...links.map((link) => linkTaken(name, link, options, by === "zero" ? undefined : by)),
  ];
}

const headForm = /^L\d+H\d+$/i;
const layerForm = /^L\d+(\.(attention|mlp))?$/i;
const linkMark = /->|→|=>/;

/** Whether a target is a link: "it->cat". */
export function isLink(target: string): boolean {
  return linkMark.test(target);
}

/** The words among what an option of a change names: the two of a link, none of a head, a layer or a part of one. */
export function wordsIn(target: string): string[] {
  if (isLink(target)) return target.split(linkMark).map((end) => end.trim());
  return headForm.test(target) || layerForm.test(target) ? [] : [target];
}

/** "it->cat": what looks, and what it looks at. */
function cutsOf(options: InterventionOptions): Intervention[] {
  const { how } = options;
  return (options.cut ?? []).map((link) => ({
    ...linkTaken("cut", link, options),
    ...(how && { how }),
  }));
}

/** A link that is taken out, or whose weight becomes a mean or another text's. */
function linkTaken(
  option: string,
  link: string,
  { head, layers }: Pick<InterventionOptions, "head" | "layers">,
  by?: Fill,
): Cut {
  const ends = link.split(linkMark).map((end) => end.trim());
  if (ends.length !== 2 || ends.includes(""))
    throw new InputError(
      `--${option} ${link}: needs two words, "it->cat": what looks, and what it looks at`,
    );
  return {
    kind: "cut",
    query: ends[0]!,
    key: ends[1]!,
    ...(head && { heads: head }),
    ...(layers !== undefined && { layers: layersOf(layers) }),
    ...(by !== undefined && { by }),
  };
}

function pathOf({ path }: InterventionOptions, { from }: OtherInputs): Intervention[] {
  if (path === undefined) return [];
  const [senders, receivers, ...more] = path.split(/->|→|=>/).map((end) => end.trim());
  if (!senders || !receivers || more.length > 0)
    throw new InputError(
      `--path ${path}: needs senders and receivers, "L3H1->L5H11.q", or "L3H1->output"`,
    );
  if (from === undefined)
    throw new InputError(
      '--path: from which text do the senders take their output? --from "another text"',
    );
  const list = (text: string) => text.split(",").map((one) => one.trim());
  return [
    {
      kind: "path",
      from,
      senders: list(senders),
      receivers: receivers === "output" ? "output" : list(receivers),
    },
  ];
}

function steeringOf(
  { steer, layers, at }: InterventionOptions,
  { toward, away }: OtherInputs,
): Intervention[] {
  if (steer === undefined && toward === undefined && away === undefined) return [];
  if (toward === undefined || away === undefined || layers === undefined)
    throw new InputError(
      '--steer: needs --toward "a text", --away "another" and --layers: the difference of their vectors is added there, times --steer',
    );
  const scale = steer === undefined ? usualScale : Number(steer);
  if (!Number.isFinite(scale)) throw new InputError(`--steer ${steer}: needs a number`);
  return [
    {
      kind: "steer",
      toward: [toward],
      away: [away],
      layers: layersOf(layers),
      scale,
      ...(at && { query: at }),
    },
  ];
}

/** --from alone, with no other use for the other text: its numbers take the place of this one's. */
function transplantOf(options: InterventionOptions, { from }: OtherInputs): Intervention[] {
  const { head, layers, site, at, resample, path } = options;
  if (from === undefined || resample !== undefined || path !== undefined) return [];
  const query = at && { query: at };
  if (head) {
    if (layers !== undefined) throw new InputError("--head names its layer; leave --layers out");
    const byLayer = new Map<number, number[]>();
    for (const name of head) {
      const [, layer, index] = /^L(\d+)H(\d+)$/i.exec(name) ?? [];
      if (layer === undefined) throw new InputError(`--head ${name}: a head is written L5H11`);
      byLayer.set(Number(layer), [...(byLayer.get(Number(layer)) ?? []), Number(index)]);
    }
    return [...byLayer].map(([layer, heads]) => ({
      kind: "transplant",
      from,
      site: site ?? "mixed",
      layers: [layer],
      heads,
      ...query,
    }));
  }
  if (layers === undefined)
    throw new InputError(
      "--from: what is taken from the other text? --head L3H1, --layers 3 (the stream behind it), or --grid heads to try all",
    );
  return [
    { kind: "transplant", from, site: site ?? "residual", layers: layersOf(layers), ...query },
  ];
}
