import { headGradients } from "../analysis/gradients/head-importance.ts";
import { runRows } from "../analysis/interventions/run-rows.ts";
import { finalSite, headsIn, type Subject, siteIn } from "../analysis/interventions/subject.ts";
import { cosine } from "../analysis/linear/vectors.ts";
import { InputError } from "../errors/errors.ts";
import type { LoadedModel } from "../models/loaded-model.ts";
import type { Run } from "../models/run.ts";
import { mergedPlaces } from "../models/site-tokens.ts";
import { allHeads } from "../probe/head-address.ts";
import type { Trace } from "../probe/trace.ts";
import { gridIn } from "../views/page/source/layer-grid.ts";
import type { Held } from "./held-run.ts";
import type { AskOptions, HeadMeasureName, MeasureOptions } from "./questions.ts";

/** Measures that one row of each head's weights gives. */
export type RowMeasure = Exclude<HeadMeasureName, "silenced" | "gradient">;

/** Every head by what one query looks at in it, (L, H); NaN for heads a layer does not have. Throws InputError where keys have no distance. */
export function measureRows(
  held: Held,
  measure: RowMeasure,
  { query, key }: { readonly query: number; readonly key?: number },
): Float32Array {
  const layers = Array.from({ length: held.layers }, (_, layer) =>
    rowMeasure(held, measure, layer, { query, key }),
  );
  return Float32Array.from(allHeads(held), (address) => {
    const row = held.row(address, query);
    return row.every(Number.isNaN) ? Number.NaN : layers[address.layer]!(row);
  });
}

function rowMeasure(
  held: Held,
  measure: RowMeasure,
  layer: number,
  { query, key: pinned }: { readonly query: number; readonly key?: number },
): (row: Float32Array) => number {
  const { isSelf, picture } = held;
  const sumOf = (row: Float32Array, worth: (key: number, weight: number) => number) =>
    row.reduce((sum, weight, key) => (weight > 0 ? sum + weight * worth(key, weight) : sum), 0);
  switch (measure) {
    case "key":
      if (pinned === undefined)
        throw new InputError(`measure "key": needs a key, a token's number; none came. Pin a word`);
      return (row) => row[held.placeIn(layer, pinned)]!;
    case "entropy":
      return (row) => -sumOf(row, (_, weight) => Math.log(weight));
    case "special": {
      const { keys } = held.tokensIn(layer);
      return (row) => sumOf(row, (key) => (keys[key]!.special ? 1 : 0));
    }
    case "distance": {
      if (!isSelf)
        throw new InputError(
          "measure distance: cross attention goes from one text to another, where places have no distance. Take the encoder's or the decoder's own",
        );
      const place = held.placeIn(layer, query);
      const far = picture
        ? inPicture(gridIn(picture, layer).columns, picture.leading)
        : (a: number, b: number) => Math.abs(a - b);
      return (row) => sumOf(row, (key) => far(place, key));
    }
  }
}

/** How far two patches lie apart, in patches; tokens before the patches have no place, and count as near. */
function inPicture(columns: number, leading: number) {
  return (a: number, b: number): number => {
    if (a < leading || b < leading) return 0;
    const [down, across] = [
      Math.floor((a - leading) / columns) - Math.floor((b - leading) / columns),
      ((a - leading) % columns) - ((b - leading) % columns),
    ];
    return Math.hypot(down, across);
  };
}

/**
 * Every head by what silencing it (its output 0 for all words) leaves of the sentence's vector, or, in models without one, of the query's
 * last vector: the cosine with the run as it is, (L, H). Many heads a batch; parts as they are there.
 */
export async function measureSilenced(
  model: LoadedModel,
  held: Held,
  query: number,
  { signal, onPart }: MeasureOptions,
): Promise<Float32Array> {
  const { run, stack, patches } = held;
  const isDecoder = stack !== "encoder";
  const hasSentence = !isDecoder && model.sites.has("sentence");
  const final = isDecoder ? "decoder.final" : finalSite(model);
  const [place] = mergedPlaces(run, final, [query]);
  const read = hasSentence ? { site: "sentence" } : { site: final, query: [place!] };
  const vectorOf = (trace: Trace, row: number) =>
    trace.part(read.site, hasSentence ? [[row]] : [[row], [place!]], "silenced").data;
  const heads = allHeads(held).filter(({ layer, head }) => head < headsIn(model, stack, layer));
  const lists = heads.map(({ layer, head }) => [
    ...patches,
    { site: siteIn(model, stack, layer, "mixed"), head: [head], set: 0 },
  ]);
  const values = new Float32Array(held.layers * held.heads).fill(Number.NaN);
  let before: Float32Array | undefined;
  const told = (done: number, of: number) =>
    onPart?.(Math.max(0, done - 1), of - 1, values.slice());
  // The run as it is goes along, so that it is rounded alike.
  const all = [patches, ...lists];
  const found = new Map<number, Float32Array>();
  const rows = runRows(model, run as Run, all, () => [read], { signal, onProgress: told });
  for await (const { index, trace, row } of rows) {
    const vector = vectorOf(trace, row);
    if (index === 0) before = vector;
    else found.set(index - 1, vector);
    if (!before) continue;
    for (const [own, after] of found) {
      const { layer, head } = heads[own]!;
      values[layer * held.heads + head] = cosine(before, after);
    }
    found.clear();
  }
  return values;
}

/**
 * Every head by what it brings to the likeness of the query's last vector to the key's, (L, H): its weights times the cosine's gradient at them,
 * summed. To first order: what turning the head down a little would take away, per share; negative where it keeps them apart.
 */
export async function measureGradient(
  subject: Subject,
  held: Held,
  { query, key }: { readonly query: number; readonly key?: number },
  { signal }: AskOptions,
): Promise<Float32Array> {
  if (key === undefined || key === query)
    throw new InputError(
      `measure "gradient": needs a key, another token than the query; ${key === undefined ? "none" : "the same"} came. Pin a word`,
    );
  if (held.stack !== "encoder")
    throw new InputError(
      "measure \"gradient\": is of the text's own side. Take the encoder's attention",
    );
  const metric = { kind: "wordCosine", word: query, to: key } as const;
  const { heads } = await headGradients(subject, metric, { signal, patch: held.patches });
  const values = new Float32Array(held.layers * held.heads).fill(Number.NaN);
  for (const { layer, head, value } of heads) values[layer * held.heads + head] = value;
  return values;
}
