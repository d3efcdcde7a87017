import { thumbnail } from "heed/elements";
import type { Exploring, ModelSaid, Seen } from "heed/explore";
import { unpack } from "heed/explore";

type Question = Parameters<Exploring["explain"]>[1];
type Explanation = Awaited<ReturnType<Exploring["explain"]>>;

/** What scripts/record-runs.mjs writes. */
interface Recording {
  readonly said: ModelSaid;
  readonly runs: readonly {
    readonly text: string;
    readonly seen: Seen & { readonly weights: readonly Float32Array[] };
  }[];
}

/** Of each run, questions and what was answered. */
type Explained = readonly (readonly {
  readonly question: Question;
  readonly explanation: Explanation;
}[])[];

/** Runs of the first sentence, as they were recorded when the page was built. */
export interface Recorded extends Exploring {
  /** Whether this text was recorded. */
  has(text: string): boolean;
}

/**
 * The recorded runs, to be drawn until the model has loaded: they answer what was recorded, and reject with `elsewhere` what was not. Rejects
 * where the file cannot be had.
 */
export async function recorded(elsewhere: string): Promise<Recorded> {
  return recordedOf((await recording("recorded.bin")) as Recording, elsewhere);
}

/** What a recorded file holds. */
async function recording(name: string): Promise<unknown> {
  const address = new URL(`./${name}`, import.meta.url);
  const response = await fetch(address);
  if (!response.ok || !response.body) throw new Error(`${address}: ${response.status}`);
  const unpacked = response.body.pipeThrough(new DecompressionStream("deflate-raw"));
  return unpack(new Uint8Array(await new Response(unpacked).arrayBuffer()));
}

function recordedOf({ said, runs }: Recording, elsewhere: string): Recorded {
  let explained: Promise<Explained> | undefined;
  const refuse = (): never => {
    throw new Error(elsewhere);
  };
  const runOf = (number: number) => runs[number] ?? refuse();
  const weightsOf = (number: number, layer: number, head: number) => {
    const { queries, keys, weights } = runOf(number).seen;
    const size = queries.length * keys.length;
    return (weights[layer] ?? refuse()).subarray(head * size, (head + 1) * size);
  };
  const { layers, heads } = said;
  return {
    said,
    has: (text) => runs.some((run) => run.text === text),
    keepImage: async () => refuse(),
    keepSound: async () => refuse(),
    hear: async () => refuse(),
    see: async ({ input, changes = [] }) => {
      const found = changes.length === 0 && runs.find(({ text }) => text === input);
      return found ? found.seen : refuse();
    },
    weights: async (run, { layer, head }) => weightsOf(run, layer, head).slice(),
    rows: async (run, query) => {
      const { length } = runOf(run).seen.keys;
      const rows = new Float32Array(layers * heads * length);
      for (let index = 0; index < layers * heads; index++) {
        const all = weightsOf(run, Math.floor(index / heads), index % heads);
        rows.set(all.subarray(query * length, (query + 1) * length), index * length);
      }
      return rows;
    },
    thumbnails: async (run, layer, size) => {
      const { queries, keys } = runOf(run).seen;
      const places = size.rows * size.columns;
      const small = new Float32Array(heads * places);
      for (let head = 0; head < heads; head++) {
        const weights = weightsOf(run, layer, head);
        small.set(thumbnail(weights, queries.length, keys.length, size), head * places);
      }
      return small;
    },
    explain: async (run, question) => {
      explained ??= recording("recorded-steps.bin") as Promise<Explained>;
      const found = (await explained)[run]?.find((one) => isSame(one.question, question));
      return found ? found.explanation : refuse();
    },
    says: async () => [],
    effect: async () => refuse(),
    alike: async () => refuse(),
    fits: async () => refuse(),
    measure: async (run, measure, { query, key }) => {
      const { length } = runOf(run).seen.keys;
      if (measure !== "key" || key === undefined) return refuse();
      return Float32Array.from(
        { length: layers * heads },
        (_, index) =>
          weightsOf(run, Math.floor(index / heads), index % heads)[query * length + key]!,
      );
    },
    forget() {},
    async dispose() {},
  };
}

/** Whether two questions are of the same head and tokens. */
function isSame(a: Question, b: Question): boolean {
  const headOf = ({ head }: Question) =>
    typeof head === "string" ? head : `L${head.layer}H${head.head}`;
  return headOf(a) === headOf(b) && a.word === b.word && a.to === b.to && a.against === b.against;
}
