import type { AudioInput } from "../../audio/audio.ts";
import { InputError } from "../../errors/errors.ts";
import { expectKeys, type KeysOf } from "../../errors/options.ts";
import { type Dimensions, dimensionsIn } from "../../families/family.ts";
import type { ImageInput } from "../../images/image.ts";
import { givenInputs } from "../../models/input-names.ts";
import type { RunInput, TensorInput } from "../../models/inputs.ts";
import type { LoadedModel, RunOptions } from "../../models/loaded-model.ts";
import type { Run } from "../../models/run.ts";
import { tokensOf } from "../../models/site-tokens.ts";
import { Tensor } from "../../tensor/tensor.ts";
import type { Stack } from "../layers/attention-maps.ts";
import type { OtherInput } from "./intervention.ts";

/** What experiments ask of a model: one that `load` gives, here or in a worker. */
export interface ExperimentModel
  extends Pick<
      LoadedModel,
      "label" | "task" | "config" | "dimensions" | "isCausal" | "sites" | "run"
    >,
    Partial<Pick<LoadedModel, "images" | "audio">> {
  /** Turns names of tokens into ids; without it tokens are named by their ids. */
  readonly tokenizer?: LoadedModel["tokenizer"];
}

/** What stands before a layer's number and behind it: "encoder.layers.3.mixed". */
export function siteIn(
  { dimensions, sites }: Pick<ExperimentModel, "dimensions" | "sites">,
  stack: Stack,
  layer: number,
  kind: string,
): string {
  // An encoder may stand alone and keep its name.
  const isNamed = dimensions.decoderLayers !== undefined || sites.has("encoder.embeddings");
  if (!isNamed) return `layers.${layer}.${kind}`;
  const cross = stack === "cross" && isOfAttention(kind) ? "cross." : "";
  return `${stack === "encoder" ? "encoder" : "decoder"}.layers.${layer}.${cross}${kind}`;
}

/** A decoder's looks at the encoder have sites of their own; the stream around them is the decoder's. */
function isOfAttention(kind: string): boolean {
  return /^(q|k|v|scores|weights|mixed|heads|attended)/.test(kind);
}

/** The numbers of the layers a stack has. */
export function dimensionsOf(
  { dimensions }: Pick<ExperimentModel, "dimensions">,
  stack: Stack,
): Dimensions {
  return dimensionsIn(dimensions, stack === "encoder" ? "encoder." : "decoder.");
}

/** How many layers a stack has. */
export function layersIn(model: Pick<ExperimentModel, "dimensions">, stack: Stack): number {
  return dimensionsOf(model, stack).layers;
}

/** How many heads a layer has, of queries; families may prune them layer by layer. */
export function headsIn(model: ExperimentModel, stack: Stack, layer: number): number {
  const [heads] = model.sites.get(siteIn(model, stack, layer, "mixed"))?.shape.slice(1) ?? [];
  return typeof heads === "number" ? heads : dimensionsOf(model, stack).heads;
}

/** Throws InputError where a model lacks what only encoder-decoders have. */
export function expectStack(model: ExperimentModel, stack: Stack, place: string): void {
  if (stack !== "encoder" && model.dimensions.decoderLayers === undefined)
    throw new InputError(
      `${place}: stack "${stack}", but ${model.label} is no encoder-decoder. Leave the stack out`,
    );
}

/** The stream behind the last norm of the text's own side. */
export function finalSite({ sites }: Pick<ExperimentModel, "sites">): string {
  return sites.has("encoder.final") ? "encoder.final" : "final";
}

/** Places of a row that hold something: everything but padding. */
export function realPlaces({ inputs, tokens }: Run, row = 0): number[] {
  const { length, mask } = inputs;
  return [...tokens[row]!.keys()].filter((place) => !mask || mask[row * length + place] === 1);
}

/** Rows of a site that are no padding: a decoder's and those of targets all are. */
export function realRows(run: Run, site: string): number[] {
  const { queries } = tokensOf(run, site);
  return queries === run.tokens[0] ? realPlaces(run) : [...queries.keys()];
}

/** The inputs of a run of one row, so many times below one another: a text, a picture and tensors by name alike. */
export function repeatedInput({ inputs }: Run, rows: number): TensorInput {
  if (inputs.batch !== 1)
    throw new InputError(
      `an experiment is on one text, and the run has ${inputs.batch}. Run each text by itself`,
    );
  return Object.fromEntries(
    [...givenInputs(inputs)].map(([name, { shape, data }]) => [
      name,
      data instanceof Int32Array
        ? Array.from({ length: rows }, () => Array.from(data))
        : repeatedTensor(shape, data, rows),
    ]),
  );
}

function repeatedTensor(shape: readonly number[], data: Float32Array, rows: number): Tensor {
  const repeated = new Float32Array(data.length * rows);
  for (let row = 0; row < rows; row++) repeated.set(data, row * data.length);
  return new Tensor([rows, ...shape.slice(1)], repeated);
}

/** Ids as a run takes them, with those of the decoder where an experiment has some. */
function idRows({
  ids,
  decoderIds,
}: {
  readonly ids: readonly number[];
  readonly decoderIds?: readonly number[];
}): RunInput {
  return decoderIds ? { ids: [[...ids]], decoderIds: [[...decoderIds]] } : [[...ids]];
}

/** What opens the pictures and sounds that an experiment names. */
interface Openers {
  /** Opens a picture by its file's name; without it, pictures are refused. */
  readonly openImage?: (file: string) => Promise<ImageInput>;
  /** Opens a sound by its file's name; without it, sounds are refused. */
  readonly openSound?: (file: string) => Promise<AudioInput>;
}

/** An experiment's input as a run takes it. Throws InputError for a file that nothing opens. */
export async function openedInput(
  input: OtherInput,
  { openImage, openSound }: Openers,
): Promise<RunInput> {
  if (typeof input === "string" || "text" in input) return input;
  if ("ids" in input) return idRows(input);
  if ("sound" in input) {
    const { sound, target } = input;
    if (openSound) return { ...(await openSound(sound)), ...(target !== undefined && { target }) };
    throw new InputError(
      `an experiment takes numbers from the sound ${sound}, and nothing opens sounds here. Give openSound`,
    );
  }
  if (openImage) return openImage(input.image);
  throw new InputError(
    `an experiment takes numbers from the picture ${input.image}, and nothing opens pictures here. Give openImage`,
  );
}

/** How an experiment is followed and stopped, and what opens the files it names. */
export interface SubjectOptions extends Openers, Pick<RunOptions, "signal" | "onWarning"> {}

const subjectOptions: KeysOf<SubjectOptions> = {
  openImage: true,
  openSound: true,
  signal: true,
  onWarning: true,
};

/**
 * The text of an experiment and the other texts it takes numbers from. Each is run as it is, and no site of it twice.
 */
export class Subject {
  readonly model: ExperimentModel;
  readonly input: RunInput;
  readonly #following: SubjectOptions;
  #runs = new Map<string, Run[]>();

  constructor(model: ExperimentModel, input: RunInput, following: SubjectOptions = {}) {
    expectKeys(following, subjectOptions, "Subject");
    this.model = model;
    this.input = input;
    this.#following = following;
  }

  /** The same subject with the same runs, followed and stopped otherwise. */
  followed(following: SubjectOptions): Subject {
    expectKeys(following, subjectOptions, "Subject.followed");
    const subject = new Subject(this.model, this.input, { ...this.#following, ...following });
    subject.#runs = this.#runs;
    return subject;
  }

  /** Takes a run of its own text that was made elsewhere, with nothing changed. */
  keep(run: Run): void {
    this.#runs.set("", [...(this.#runs.get("") ?? []), run]);
  }

  /** A run of the experiment's own text that read these sites; nothing in it is changed. */
  clean(sites: readonly string[] = []): Promise<Run> {
    return this.#run("", this.input, sites);
  }

  /** The same of another input. */
  async runOf(other: OtherInput, sites: readonly string[]): Promise<Run> {
    return this.#run(JSON.stringify(other), await openedInput(other, this.#following), sites);
  }

  async #run(key: string, input: RunInput, sites: readonly string[]): Promise<Run> {
    const known = this.#runs.get(key) ?? [];
    const found = known.find(({ trace }) => sites.every((site) => trace.has(site)));
    if (found) return found;
    const { signal, onWarning } = this.#following;
    const run = await this.model.run(input, {
      signal,
      onWarning,
      ...(known.length > 0 && { onWarning: () => {} }),
      read: [...new Set(sites)],
      output: false,
    });
    if (run.inputs.batch !== 1)
      throw new InputError(
        `an experiment is on one text, and the input has ${run.inputs.batch}. Give them one by one`,
      );
    this.#runs.set(key, [...known, run]);
    return run;
  }
}
