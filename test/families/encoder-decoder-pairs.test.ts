import { describe, expect, test } from "vitest";
import type { RawConfig } from "../../src/families/config.ts";
import { familyOf } from "../../src/families/families.ts";
import { dimensionsIn, isUnboundedIn, type Network } from "../../src/families/family.ts";
import { Parameters } from "../../src/families/parameters.ts";
import { checkIds } from "../../src/models/inputs/rows.ts";

const small = {
  model_type: "bert",
  vocab_size: 30,
  hidden_size: 12,
  num_hidden_layers: 1,
  num_attention_heads: 2,
  intermediate_size: 8,
  max_position_embeddings: 9,
};
const looks = { is_decoder: true, add_cross_attention: true };

async function open(encoder: unknown, decoder: unknown, more: RawConfig = {}) {
  const raw = { model_type: "encoder-decoder", encoder, decoder, ...more };
  const family = await familyOf(raw, "pair");
  const parameters = new Parameters({ label: "pair", checkpoint: undefined });
  const network: Network = family.open(raw, parameters);
  return { network, names: parameters.list.map(({ name }) => name) };
}

describe("an encoder and a decoder of two networks", () => {
  test("takes the weights of both, what lies between them, and the head above them", async () => {
    const decoder = { ...small, ...looks, hidden_size: 8, vocab_size: 31 };
    const { network, names } = await open(small, decoder);
    expect(network.dimensions).toMatchObject({
      width: 12,
      decoderWidth: 8,
      decoderHeadWidth: 4,
      decoderVocabulary: 31,
      decoderPositions: undefined,
    });
    expect(names).toContain("encoder.layers.0.q.weight");
    expect(names).toContain("decoder.layers.0.cross.k.weight");
    expect(names).toContain("encoder.project.weight");
    expect(names).toContain("head.dense.weight");
    expect(names.filter((name) => name.includes("pooler"))).toEqual([]);
  });

  test("each network has its own heads and its own feed-forward part", async () => {
    const own = { num_attention_heads: 3, intermediate_size: 5 };
    const { network } = await open(small, { ...small, ...looks, ...own });
    expect(dimensionsIn(network.dimensions, "encoder.")).toMatchObject({
      heads: 2,
      headWidth: 6,
      feedForward: 8,
    });
    expect(dimensionsIn(network.dimensions, "decoder.cross.")).toMatchObject({
      heads: 3,
      keyHeads: 3,
      headWidth: 4,
      feedForward: 5,
    });
  });

  test("a decoder's length is its own, whatever its encoder runs", async () => {
    const { type_vocab_size: _, ...modern } = { ...small, type_vocab_size: 2 };
    const encoder = { ...modern, model_type: "modernbert" };
    const { network } = await open(encoder, { ...small, ...looks });
    expect(isUnboundedIn(network, "encoder.")).toBe(true);
    expect(isUnboundedIn(network, "decoder.")).toBe(false);
    const inputs = { batch: 1, length: 1, ids: new Int32Array(1) };
    const read = (length: number) => ({
      ...inputs,
      decoder: { length, ids: new Int32Array(length) },
    });
    checkIds(read(9), network, "pair");
    expect(() => checkIds(read(10), network, "pair")).toThrow(
      "decoderIds have 10 tokens, but the decoder has positions for 9",
    );
  });

  test("begins with what the config names, its decoder's config, or its beginning of a text", async () => {
    const started = async (more: RawConfig, ofDecoder: RawConfig = {}) =>
      (await open(small, { ...small, ...looks, ...ofDecoder }, more)).network.decoderStartId;
    expect(await started({ decoder_start_token_id: 5, bos_token_id: 6 })).toBe(5);
    expect(await started({ bos_token_id: 6 }, { decoder_start_token_id: 7 })).toBe(7);
    expect(await started({}, { bos_token_id: 8 })).toBe(8);
    expect(await started({ pad_token_id: 3 })).toBe(3);
  });

  test.each([
    ["no config", undefined, small, "config.json: encoder is undefined, needs the config"],
    ["a text that is none", small, "bert", 'config.json: decoder is "bert", needs the config'],
    [
      "a type nobody has",
      small,
      { model_type: "nothing" },
      'pair: decoder: config.json says model_type="nothing"',
    ],
    [
      "a decoder without a look",
      small,
      { ...small, model_type: "distilbert" },
      'decoder.model_type="distilbert". heed has decoders that look at an encoder of bert,',
    ],
    [
      "a look that is not there",
      small,
      { ...small, is_decoder: true },
      "decoder.add_cross_attention=undefined. A decoder needs it",
    ],
    [
      "a decoder that is none",
      small,
      { ...small, add_cross_attention: true },
      "bert: config.json says add_cross_attention=true. Only decoders have it",
    ],
    [
      "an encoder of two stacks",
      { model_type: "t5", num_heads: 2 },
      { ...small, ...looks },
      'encoder.model_type="t5". heed runs encoders of texts there',
    ],
    [
      "an encoder of pictures",
      { model_type: "vit", num_attention_heads: 2 },
      { ...small, ...looks },
      'encoder.model_type="vit". heed runs encoders of texts there',
    ],
    [
      "a width nobody gives",
      small,
      { ...small, ...looks, cross_attention_hidden_size: 16 },
      "decoder.cross_attention_hidden_size=16. Its layers read what is as wide as they are, 12",
    ],
    [
      "distances",
      small,
      { ...small, ...looks, position_embedding_type: "relative_key" },
      'position_embedding_type="relative_key". heed runs decoders beside an encoder with absolute',
    ],
  ])("refuses %s", async (_, encoder, decoder, message) => {
    await expect(open(encoder, decoder)).rejects.toThrow(message);
  });
});
