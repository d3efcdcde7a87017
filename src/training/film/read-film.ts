import { InputError } from "../../errors/errors.ts";
import { short } from "../../errors/visible.ts";
import { type Film, type FilmDirection, type FilmHead, filmFormat } from "./film.ts";

type Fields = Readonly<Record<string, unknown>>;

/** More heads than a filmed model has; a grid is drawn of them. */
const mostHeads = 4096;

/** Parsed JSON as a film. Throws InputError, with the place in the file, for what heed train does not write. */
export function readFilm(json: unknown, file: string): Film {
  const given = (json ?? {}) as Fields;
  if (given.format !== filmFormat)
    throw new InputError(
      `${file}: its format is ${JSON.stringify(given.format) ?? "not said"}, not "${filmFormat}". A film is what heed train writes`,
    );
  const at = new FilmPlace(file);
  const { family, ...size } = at.fields(given.model, "model");
  const model = {
    family: at.text(family, "model.family"),
    layers: at.count(size.layers, "model.layers"),
    heads: at.count(size.heads, "model.heads"),
    width: at.count(size.width, "model.width"),
    headWidth: at.count(size.headWidth, "model.headWidth"),
  };
  const heads = model.layers * model.heads;
  if (heads > mostHeads) at.refuse("model", `at most ${mostHeads} heads`, size);
  const probes = at.list(given.probes, "probes").map((probe, n) => at.texts(probe, `probes[${n}]`));
  const measures = at.list(given.measures, "measures").map((one, n) => {
    const { name, what, chance } = at.fields(one, `measures[${n}]`);
    return {
      name: at.text(name, `measures[${n}].name`),
      what: at.text(what, `measures[${n}].what`),
      chance: at.number(chance, `measures[${n}].chance`),
    };
  });
  const frames = at.list(given.frames, "frames").map((one, n) => {
    const place = `frames[${n}]`;
    const frame = at.fields(one, place);
    return {
      step: at.number(frame.step, `${place}.step`),
      loss: at.number(frame.loss, `${place}.loss`),
      accuracy: at.number(frame.accuracy, `${place}.accuracy`),
      heads: at
        .list(frame.heads, `${place}.heads`, heads)
        .map((head, h) => readHead(at, head, `${place}.heads[${h}]`, measures.length)),
      attention: at
        .list(frame.attention, `${place}.attention`, probes.length)
        .map((weights, p) =>
          at.bytes(weights, `${place}.attention[${p}]`, heads * probes[p]!.length ** 2),
        ),
    };
  });
  if (frames.length === 0) at.refuse("frames", "at least one frame", given.frames);
  return {
    format: filmFormat,
    title: at.text(given.title, "title"),
    model,
    seed: at.number(given.seed, "seed"),
    steps: at.number(given.steps, "steps"),
    ...(given.chance !== undefined && { chance: at.number(given.chance, "chance") }),
    ...(given.guess !== undefined && { guess: at.text(given.guess, "guess") }),
    probes,
    measures,
    curve: at.list(given.curve, "curve").map((point, n) => {
      const [step, loss] = at.numbers(point, `curve[${n}]`, 2);
      return [step!, loss!] as const;
    }),
    frames,
  };
}

function readHead(at: FilmPlace, given: unknown, place: string, measures: number): FilmHead {
  const head = at.fields(given, place);
  return {
    queryKey: at.numbers(head.queryKey, `${place}.queryKey`),
    valueOutput: at.numbers(head.valueOutput, `${place}.valueOutput`),
    directions: at
      .list(head.directions, `${place}.directions`)
      .map((one, n) => readDirection(at, one, `${place}.directions[${n}]`)),
    lengths: at.numbers(head.lengths, `${place}.lengths`, 4),
    scores: at.numbers(head.scores, `${place}.scores`, measures),
  };
}

function readDirection(at: FilmPlace, given: unknown, place: string): FilmDirection {
  const { value, asking, found } = at.fields(given, place);
  return {
    value: at.number(value, `${place}.value`),
    asking: at.texts(asking, `${place}.asking`),
    found: at.texts(found, `${place}.found`),
  };
}

/** Takes values by their kind. Every method throws InputError for another kind. */
class FilmPlace {
  readonly #file: string;

  constructor(file: string) {
    this.#file = file;
  }

  refuse(place: string, needed: string, got: unknown): never {
    throw new InputError(
      `${this.#file}: ${place} must be ${needed}, got ${short(JSON.stringify(got) ?? "nothing")}. A film is what heed train writes`,
    );
  }

  fields(value: unknown, place: string): Fields {
    if (typeof value !== "object" || value === null || Array.isArray(value))
      return this.refuse(place, "an object", value);
    return value as Fields;
  }

  text(value: unknown, place: string): string {
    return typeof value === "string" ? value : this.refuse(place, "a text", value);
  }

  /** JSON has no NaN: the loss of a training that went astray is null. */
  number(value: unknown, place: string): number {
    if (value === null) return Number.NaN;
    return typeof value === "number" ? value : this.refuse(place, "a number", value);
  }

  count(value: unknown, place: string): number {
    const isCount = Number.isInteger(value) && (value as number) >= 1;
    return isCount ? (value as number) : this.refuse(place, "a whole number from 1", value);
  }

  list(value: unknown, place: string, length?: number): readonly unknown[] {
    if (!Array.isArray(value)) return this.refuse(place, "a list", value);
    return length === undefined || value.length === length
      ? value
      : this.refuse(place, `a list of ${length}`, value);
  }

  numbers(value: unknown, place: string, length?: number): readonly number[] {
    return this.list(value, place, length).map((one, n) => this.number(one, `${place}[${n}]`));
  }

  texts(value: unknown, place: string): readonly string[] {
    return this.list(value, place).map((one, n) => this.text(one, `${place}[${n}]`));
  }

  /** So many bytes in base64. */
  bytes(value: unknown, place: string, count: number): string {
    const text = this.text(value, place);
    const isWhole = text.length === Math.ceil(count / 3) * 4 && /^[A-Za-z0-9+/]*={0,2}$/.test(text);
    return isWhole ? text : this.refuse(place, `${count} bytes in base64`, value);
  }
}
