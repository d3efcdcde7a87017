import { InputError } from "../errors/errors.ts";
import type { RawConfig } from "../families/config.ts";
import type { Tower } from "../families/family.ts";
import type { Counts, Planned } from "../models/plan.ts";
import type { KnownModel } from "../models/presets/known-models.ts";
import { answerOn } from "../worker/answer.ts";
import { Connection } from "../worker/connection.ts";
import type { Port } from "../worker/messages.ts";
import { ownPort } from "./worker.ts";

export type { Counts } from "../models/plan.ts";
export type { Agreement } from "../models/presets/agreement.ts";
export type { KnownModel } from "../models/presets/known-models.ts";
export { type NetworkKind, networkKinds } from "../models/presets/network-kind.ts";

/** What a forward pass of a model takes at several lengths of text, or of one that reads pictures, for several pictures at once. */
export interface MemoryCurve {
  /** Bytes of all learned numbers, as each is kept. */
  readonly weightBytes: Readonly<Record<WeightDtype, number>>;
  /** The longest text in tokens; undefined where nothing limits it. */
  readonly longest?: number;
  readonly by: "tokens" | "pictures";
  /** One for each length, or number of pictures, the least first. */
  readonly counts: readonly Counts[];
}

/** How weights may be kept. */
export const weightDtypes = ["float32", "float16", "int8"] as const;
/** How weights may be stored, of which the planner counts the bytes. */
export type WeightDtype = (typeof weightDtypes)[number];
const bytesEach: Readonly<Record<WeightDtype, number>> = { float32: 4, float16: 2, int8: 1 };

/** Counts what models take without their weights. */
export interface Planner {
  /** Published models, counted from their shapes. */
  known(): Promise<readonly KnownModel[]>;
  /**
   * The memory of one pass of a known model, by its name, or of a config.json: at a single token and eight lengths up to `tokens` or to the
   * longest text there may be; where pictures are read, for one to eight of the size the model was trained on. Throws InputError for a name
   * that is not known and for two towers, whose lengths differ, unless `tower` says which; ConfigError for a config that would not load.
   */
  memory(model: string | RawConfig, tokens: number, tower?: Tower): Promise<MemoryCurve>;
  /** Lets the planner go. */
  dispose(): Promise<void>;
}

const lengths = 8;

/** A planner at hand; what counts is loaded when it is asked. */
export function planner(): Planner {
  return {
    known: async () => (await import("../models/presets/known-models.ts")).knownModels(),
    memory: async (model, tokens, tower) => memoryCurve(await plannedOf(model, tower), tokens),
    dispose: async () => {},
  };
}

async function plannedOf(model: string | RawConfig, tower: Tower | undefined): Promise<Planned> {
  const { planModel } = await import("../models/plan.ts");
  // A tower's config is that of both, under the tower's own type.
  const part = (config: RawConfig): RawConfig =>
    tower === undefined ? config : { ...config, model_type: `${config.model_type}_${tower}_model` };
  if (typeof model !== "string") return planModel(part(model), "config.json");
  const { presets } = await import("../models/presets/presets.ts");
  const preset = presets.find(({ name }) => name === model);
  if (!preset)
    throw new InputError(
      `planner: no model is called ${JSON.stringify(model)}. known() lists them all; a config.json may stand in its place`,
    );
  return planModel(part(preset.config), preset.title);
}

function memoryCurve(
  { type, network, parameters, dimensions, count }: Planned,
  tokens: number,
): MemoryCurve {
  if (!Number.isInteger(tokens) || tokens < lengths)
    throw new InputError(
      `planner: lengths up to ${tokens} tokens; expected a whole number from ${lengths}`,
    );
  if (network.towers)
    throw new InputError(
      `planner: ${type} has two towers, for a picture and for a text, whose lengths differ. Say which: "vision" or "text"`,
    );
  const { positions, decoderPositions } = dimensions;
  const longest = Math.min(
    positions ?? Number.POSITIVE_INFINITY,
    decoderPositions ?? Number.POSITIVE_INFINITY,
  );
  const most = Math.min(tokens, longest);
  const weightBytes = Object.fromEntries(
    weightDtypes.map((dtype) => [dtype, parameters * bytesEach[dtype]]),
  ) as Record<WeightDtype, number>;
  if (network.images && positions !== undefined)
    return {
      ...{ weightBytes, by: "pictures", longest: positions },
      counts: Array.from({ length: lengths }, (_, place) => count(positions, place + 1)),
    };
  const places = Array.from({ length: lengths }, (_, place) =>
    Math.max(1, Math.round(((place + 1) * most) / lengths)),
  );
  return {
    ...{ weightBytes, by: "tokens" },
    ...(Number.isFinite(longest) && { longest }),
    counts: [...new Set([1, ...places])].map((length) => count(length)),
  };
}

/** Answers `planInWorker` from inside a worker. Throws InputError where there is no port. */
export function servePlanner(port: Port | undefined = ownPort()): void {
  if (!port)
    throw new InputError(
      "servePlanner: this is no worker of a browser. Call it in the script of a Worker, or give it a port: parentPort of node:worker_threads",
    );
  answerOn<Planner>(port, "planner", {
    load: async () => planner(),
    facts: () => undefined,
    answer(own, method, given) {
      if (method !== "known" && method !== "memory" && method !== "dispose")
        throw new InputError(`worker: a planner is not asked for "${method}" from outside`);
      return (own[method] as (...given: unknown[]) => unknown)(...given);
    },
    transfers: () => [],
  });
}

/** Counts in a worker that calls `servePlanner`. Throws what the planner throws, WorkerError when the worker ends. */
export async function planInWorker(worker: Port): Promise<Planner> {
  const connection = Connection.to(worker);
  const number = connection.nextNumber();
  const ask = <T>(method: string, values: readonly unknown[]) =>
    connection.call({
      ...{ service: "planner", number, method, values },
      madeBy: { label: "" },
    }) as Promise<T>;
  await ask("load", []);
  return {
    known: () => ask("known", []),
    memory: (model, tokens, tower) =>
      ask("memory", [model, tokens, ...(tower === undefined ? [] : [tower])]),
    dispose: () => ask("dispose", []),
  };
}
