import { deflateSync, inflateSync, strFromU8, strToU8 } from "fflate";
import { checkExperiment, type Intervention } from "heed/analysis";
import { firstState, type ModelChoice, panels, type State, trainingNames } from "./state.ts";

/** Longer addresses are cut by programs that carry them: what is longer is an experiment's file. */
export const longestAddress = 8192;

/** What an address asks for, and what of it could not be read. */
export interface Addressed {
  readonly change: Partial<State>;
  /** heed's version that made it. */
  readonly version?: string;
  readonly unread: readonly Unread[];
}

/** A part of an address that could not be read: what it may be, as `words.first.linkRules` says it, with what is named in it. */
export interface Unread {
  readonly part: string;
  readonly rule: LinkRule;
  readonly values?: readonly string[];
}

/**
 * The state as the part of an address behind "#": what differs from the first state, by names; changes as an experiment has them, compressed.
 */
export function addressOf(state: State, version: string): string {
  const parts = new URLSearchParams();
  const put = (name: string, value: string | undefined, usual?: string) => {
    if (value !== undefined && value !== usual) parts.set(name, value);
  };
  put("model", modelName(state.model), "embedded");
  // Of a stop of the tour that names no text, the stop's own is meant.
  put("text", state.text, state.panel === "learn" ? undefined : firstState.text);
  put("picture", state.picture);
  put("sound", state.sound);
  put("tower", state.tower);
  put("attention", state.attention);
  put("written", state.written);
  put("labels", state.labels);
  put("other", state.other);
  // What the first state looks at is of its own model: of another, a link that does not say it begins where that is worth looking at.
  const usual = state.model.kind === firstState.model.kind ? firstState : undefined;
  put("head", headName(state), usual && headName(usual));
  put("word", String(state.query), usual && String(usual.query));
  put("keys", state.keys.join(","), usual?.keys.join(","));
  put("panel", state.panel);
  put("step", state.step);
  put("train", state.training && `${state.training.task},${state.training.seed}`);
  put("write", state.notation, firstState.notation);
  put("from", state.countsFromOne ? "1" : "0", "0");
  put("language", state.language, firstState.language);
  put("theme", state.theme);
  if (state.presents) parts.set("present", "");
  if (state.changes.length > 0) parts.set("changes", packed(state.changes));
  if ([...parts].length > 0) parts.set("heed", version);
  return parts.toString().replaceAll("%2C", ",").replaceAll("present=&", "present&");
}

/** A part of an address: what it says of the state, or undefined where it says nothing that could be meant. */
interface Part {
  read(value: string): Partial<State> | undefined;
  readonly rule: LinkRule;
  readonly values?: readonly string[];
}

/** What a part of an address may be. */
export type LinkRule =
  | "oneOf"
  | "fileName"
  | "model"
  | "head"
  | "token"
  | "keys"
  | "step"
  | "training"
  | "from"
  | "language"
  | "text"
  | "changes";

const whole = (value: string) => (/^\d{1,6}$/.test(value) ? Number(value) : undefined);

function oneOf<Name extends keyof State>(name: Name, values: readonly State[Name][]): Part {
  return {
    read: (value) =>
      values.some((known) => known === value) ? ({ [name]: value } as Partial<State>) : undefined,
    rule: "oneOf",
    values: values.map(String),
  };
}

function fileName(kind: "picture" | "sound"): Part {
  return {
    read: (name) => (name.length <= 200 ? { [kind]: name } : undefined),
    rule: "fileName",
  };
}

const readers: Readonly<Record<string, Part>> = {
  text: { read: (text) => ({ text }), rule: "text" },
  picture: fileName("picture"),
  sound: fileName("sound"),
  tower: oneOf("tower", ["text"]),
  attention: oneOf("attention", ["decoder", "cross"]),
  written: { read: (written) => ({ written }), rule: "text" },
  labels: { read: (labels) => ({ labels }), rule: "text" },
  other: { read: (other) => ({ other }), rule: "text" },
  model: {
    read(value) {
      const model = modelOf(value);
      return model && { model };
    },
    rule: "model",
  },
  head: {
    read(value) {
      const [, layer, head] = /^L(\d{1,4})H(\d{1,4})$/i.exec(value) ?? [];
      return layer === undefined ? undefined : { layer: Number(layer), head: Number(head) };
    },
    rule: "head",
  },
  word: {
    read(value) {
      const query = whole(value);
      return query === undefined ? undefined : { query };
    },
    rule: "token",
  },
  keys: {
    read(value) {
      const keys = value === "" ? [] : value.split(",").map(whole);
      const isRight = keys.length <= 2 && !keys.includes(undefined);
      return isRight ? { keys: keys as number[] } : undefined;
    },
    rule: "keys",
  },
  panel: oneOf("panel", panels),
  step: {
    read: (step) => (/^[\w-]{1,40}$/.test(step) ? { step } : undefined),
    rule: "step",
  },
  train: {
    read(value) {
      const [, name, seed] = /^([a-z]{1,20}),(\d{1,9})$/.exec(value) ?? [];
      const task = trainingNames.find((known) => known === name);
      return task && { training: { task, seed: Number(seed) } };
    },
    rule: "training",
    values: trainingNames,
  },
  write: oneOf("notation", ["rows", "columns"]),
  from: {
    read: (value) => (/^[01]$/.test(value) ? { countsFromOne: value === "1" } : undefined),
    rule: "from",
  },
  language: {
    read: (language) => (/^[a-z]{2,3}(-[A-Za-z0-9]+)*$/.test(language) ? { language } : undefined),
    rule: "language",
  },
  theme: oneOf("theme", ["light", "dark"]),
  present: { read: () => ({ presents: true }), rule: "text" },
};

/** Reads an address, with or without "#". What is wrong in it is left out, and said. */
export function readAddress(hash: string): Addressed {
  const parts = new URLSearchParams(hash.replace(/^#/, ""));
  const unread: Unread[] = [];
  let change: Partial<State> = {};
  for (const [name, { read, rule, values }] of Object.entries(readers)) {
    const value = parts.get(name);
    if (value === null) continue;
    const said = read(value);
    change = { ...change, ...said };
    if (!said) unread.push({ part: name, rule, values });
  }
  const changes = parts.get("changes");
  if (changes !== null)
    try {
      change = { ...change, changes: unpacked(changes) };
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      unread.push({ part: "changes", rule: "changes", values: [reason] });
    }
  return { change, version: parts.get("heed") ?? undefined, unread };
}

function headName({ layer, head }: State): string {
  return `L${layer}H${head}`;
}

function modelName(model: ModelChoice): string {
  if (model.kind === "embedded" || model.kind === "stories") return model.kind;
  if (model.kind === "files") return `files:${model.name}`;
  return `hub:${model.id}${model.revision === undefined ? "" : `@${model.revision}`}`;
}

function modelOf(name: string): ModelChoice | undefined {
  if (name === "embedded" || name === "stories") return { kind: name };
  const [, id, revision] = /^hub:([\w.-]+(?:\/[\w.-]+)?)(?:@([\w./-]+))?$/.exec(name) ?? [];
  if (id !== undefined) return { kind: "hub", id, revision };
  return name.startsWith("files:") ? { kind: "files", name: name.slice(6) } : undefined;
}

/** Changes, compressed, in letters that an address carries. */
function packed(changes: readonly Intervention[]): string {
  const bytes = deflateSync(strToU8(JSON.stringify(changes)), { level: 9 });
  const letters = btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
  return letters.replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

/** Far more than an address can hold of changes that a person made. */
const mostBytes = 1_000_000;

/** Throws InputError for what is no list of changes. */
function unpacked(letters: string): readonly Intervention[] {
  const bytes = Uint8Array.from(atob(letters.replaceAll("-", "+").replaceAll("_", "/")), (letter) =>
    letter.charCodeAt(0),
  );
  const interventions: unknown = JSON.parse(
    strFromU8(inflateSync(bytes, { out: new Uint8Array(mostBytes) })),
  );
  const { do: what } = checkExperiment(
    {
      heed: "experiment",
      version: 1,
      input: "-",
      do: { kind: "patch", interventions },
      seed: 0,
    },
    "changes",
  );
  return what.kind === "patch" ? what.interventions : [];
}
