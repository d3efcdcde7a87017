import * as v from "valibot";
import { keyMask } from "../../attention/masks.ts";
import { ConfigError } from "../../errors/errors.ts";
import type { Probe } from "../../probe/probe.ts";
import { type LinearWeights, linear, slice } from "../../tensor/operations.ts";
import { checkConfig, flag, maybeId, paddingIdOf, type RawConfig, refuse } from "../config.ts";
import {
  decoderDimensions,
  type Family,
  type Network,
  type Outputs,
  type Readout,
} from "../family.ts";
import type { Inputs } from "../inputs.ts";
import type { Parameters } from "../parameters.ts";

const schema = v.object({
  pad_token_id: maybeId,
  decoder_start_token_id: maybeId,
  bos_token_id: maybeId,
  tie_encoder_decoder: flag(false),
});

interface Halves<T> {
  readonly encoder: T;
  readonly decoder: T;
}

/** The part of config.json that is about one network. Throws ConfigError where it is none. */
export function halfOf(half: unknown, name: keyof Halves<unknown>): RawConfig {
  if (typeof half === "object" && half !== null && !Array.isArray(half)) return half as RawConfig;
  throw new ConfigError(
    `config.json: ${name} is ${JSON.stringify(half)}, needs the config of the ${name}: {"model_type": "bert", …}`,
  );
}

/** Two networks of any families (Rothe et al. 2020): an encoder, and a decoder whose layers look at it. */
export function encoderDecoder(families: Halves<Family>): Family {
  return { type: "encoder-decoder", open: (raw, file) => openPair(families, raw, file) };
}

function openPair(families: Halves<Family>, raw: RawConfig, file: Parameters): Network {
  const config = checkConfig(schema, raw, "encoder-decoder");
  const { encoder, decoder } = openHalves(families, raw, config.tie_encoder_decoder, file);
  const [ours, theirs] = [encoder.dimensions, decoder.dimensions];
  const ofDecoder = halfOf(raw.decoder, "decoder");
  const project =
    ours.width === theirs.width
      ? undefined
      : file.linear("enc_to_dec_proj", [theirs.width, ours.width], "encoder.project");
  const readout: Readout = { ...decoder.readout!, stack: "decoder." };
  const named = [config.decoder_start_token_id, ofDecoder.decoder_start_token_id];
  const begins = [...named, config.bos_token_id, ofDecoder.bos_token_id];
  const paddingId = paddingIdOf(theirs.vocabulary, config.pad_token_id, decoder.paddingId);
  return {
    ...encoder,
    dimensions: {
      ...ours,
      ...decoderDimensions(ours, theirs),
      decoderVocabulary: same(theirs.vocabulary, ours.vocabulary),
      decoderPositions: same(theirs.positions, ours.positions),
    },
    decoderScoring: decoder,
    decoderIsUnbounded: decoder.isUnbounded ?? false,
    task: "language modeling",
    takes: [
      ...encoder.takes.filter((name) => name !== "targetMapping"),
      "decoderIds",
      "decoderMask",
    ],
    isCausal: false,
    absent: { ...decoder.absent, ...encoder.absent, pooled: "nothing reads the encoder's pooler" },
    endId: idIn(ofDecoder.eos_token_id) ?? decoder.endId,
    generates: true,
    paddingId,
    decoderStartId: begins.map(idIn).find((id) => id !== undefined) ?? paddingId,
    exampleInputs: (length, batch) => ({
      ...encoder.exampleInputs?.(length, batch),
      decoder: { length, ids: new Int32Array(batch * length) },
    }),
    readout,
    forward: (inputs, probe) => forward({ encoder, decoder }, { project, readout }, inputs, probe),
  };
}

function openHalves(
  families: Halves<Family>,
  raw: RawConfig,
  isTied: boolean,
  file: Parameters,
): Halves<Network> {
  const halves = {
    encoder: halfOf(raw.encoder, "encoder"),
    decoder: halfOf(raw.decoder, "decoder"),
  };
  const { writer, type } = families.decoder;
  if (writer === undefined)
    refuse(
      "encoder-decoder",
      "decoder.model_type",
      type,
      "heed has decoders that look at an encoder of bert, camembert, electra, gpt2, roberta, roformer and xlm-roberta",
    );
  if (halves.decoder.add_cross_attention !== true)
    refuse(
      "encoder-decoder",
      "decoder.add_cross_attention",
      halves.decoder.add_cross_attention,
      "A decoder needs it to look at the encoder: true",
    );
  // Nothing reads an encoder's pooler here.
  file.ignore(/^encoder\.pooler\./);
  const encoder = families.encoder.open(
    { ...halves.encoder, architectures: ["Model"] },
    file.network({ stored: "encoder.", name: "encoder.", without: /^pooler\./ }),
  );
  const decoder = families.decoder.open(
    { ...halves.decoder, architectures: [writer!] },
    file.network({ stored: "decoder.", name: "decoder.", twin: isTied ? "encoder." : undefined }),
    true,
  );
  expectPair({ encoder, decoder }, families, halves);
  return { encoder, decoder };
}

/** Throws ConfigError for networks that cannot stand side by side. */
function expectPair(
  { encoder, decoder }: Halves<Network>,
  families: Halves<Family>,
  halves: Halves<RawConfig>,
): void {
  const isOfTexts = !encoder.images && !encoder.towers && encoder.decoderStartId === undefined;
  if (!isOfTexts)
    refuse(
      "encoder-decoder",
      "encoder.model_type",
      families.encoder.type,
      "heed runs encoders of texts there: bert, roberta and others of one stack",
    );
  const [ours, theirs] = [encoder.dimensions, decoder.dimensions];
  const { cross_attention_hidden_size: width } = halves.decoder;
  if (typeof width === "number" && (width !== ours.width || width !== theirs.width))
    refuse(
      "encoder-decoder",
      "decoder.cross_attention_hidden_size",
      width,
      `Its layers read what is as wide as they are, ${theirs.width}, and the encoder gives ${ours.width}. Leave it out where a map lies between them (enc_to_dec_proj)`,
    );
}

/** A number where it is another one. */
function same<T>(own: T, other: T): T | undefined {
  return own === other ? undefined : own;
}

function idIn(value: unknown): number | undefined {
  return typeof value === "number" ? value : undefined;
}

/** One pass through both networks and the decoder's head. */
function forward(
  { encoder, decoder }: Halves<Network>,
  { project, readout }: { readonly project?: LinearWeights; readonly readout: Readout },
  inputs: Inputs,
  probe: Probe,
): Outputs {
  const { program } = probe;
  const { batch, length, mask, cache, isLastOnly } = inputs;
  const { decoder: read, ...ofEncoder } = inputs;
  // While generating, the decoder finds what it made of the encoder's state in the cache.
  const isEncoded = cache !== undefined && cache.length > 0;
  const encode = () =>
    encoder.forward(
      { ...ofEncoder, cache: undefined, isLastOnly: undefined },
      probe.within("encoder."),
    ).final;
  const encoded = isEncoded ? undefined : encode(); // (B, S, C')
  const shown = encoded && project ? linear(encoded, project) : encoded; // (B, S, C)
  const beside = { encoded: shown, mask: { keys: keyMask(mask, [batch, length], program) } };
  const { final } = decoder.forward({ batch, ...read!, cache, beside }, probe.within("decoder.")); // (B, T, C)
  const states = isLastOnly ? slice(final, 1, final.shape[1]! - 1, final.shape[1]!) : final;
  return { final, encoded, logits: probe.site("logits", readout.logits(states)) };
}
