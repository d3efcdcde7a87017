import { describe, expect, test } from "vitest";
import type { WritingOptions } from "./options.ts";
import { settingsOf } from "./settings.ts";

const settings = (options: WritingOptions, generationConfig = {}, config = {}) =>
  settingsOf({ options, generationConfig, config, endId: 2, label: "a model" });

describe("generation_config.json", () => {
  const sampling = { do_sample: true, temperature: 0.6, top_p: 0.9, max_length: 4096 };

  test("is taken where no option says otherwise", () => {
    const own = settings({}, sampling);
    expect(own).toMatchObject({ doSample: true, temperature: 0.6, topP: 0.9, maxLength: 4096 });
    // transformers' default, where chance is asked for by name.
    expect(own.topK).toBe(50);
    expect(own.fromFile).toEqual(["maxLength", "doSample", "temperature", "topP"]);
    const other = settings({ temperature: 1.2, topK: 0, maxNewTokens: 7 }, sampling);
    expect(other).toMatchObject({ temperature: 1.2, topK: 0, topP: 0.9, maxNewTokens: 7 });
    expect(other.maxLength).toBeUndefined();
    expect(other.fromFile).toEqual(["doSample", "topP"]);
  });

  test("do_sample false, or left out, is the likeliest token whatever stands beside it", () => {
    for (const file of [{ do_sample: false }, {}]) {
      const own = settings({}, { ...file, temperature: 0.6, top_k: 5, top_p: 0.3 });
      expect(own).toMatchObject({ doSample: false, temperature: 1, topP: 1 });
      expect(own.fromFile).toEqual([]);
    }
    expect(settings({ temperature: 0 }, sampling)).toMatchObject({
      doSample: false,
      fromFile: ["maxLength"],
    });
    expect(settings({ doSample: false }, sampling).doSample).toBe(false);
    expect(settings({ doSample: true }, { top_k: 5 })).toMatchObject({ doSample: true, topK: 5 });
  });

  test("chance by an option alone takes no number of tokens that nobody said", () => {
    expect(settings({ temperature: 0.7 }).topK).toBe(0);
    expect(settings({ temperature: 0.7, doSample: true }).topK).toBe(50);
    expect(settings({ temperature: 0.7 }, { do_sample: false, top_k: 9 }).topK).toBe(9);
  });

  test("lengths: an option before the file, new tokens before all, and said", () => {
    const warnings: string[] = [];
    const own = settingsOf({
      options: { maxLength: 9 },
      generationConfig: { max_new_tokens: 5 },
      config: {},
      endId: 2,
      label: "a model",
      onWarning: (message) => warnings.push(message),
    });
    expect(own).toMatchObject({ maxLength: undefined, maxNewTokens: 5 });
    expect(own.fromFile).toEqual(["maxNewTokens"]);
    expect(warnings).toEqual([
      "a model: maxLength 9 changes nothing, since generation_config.json: max_new_tokens 5 comes before it, as in transformers. Give maxNewTokens alone",
    ]);
    expect(settings({ maxLength: 9 }, { max_length: 50 }).maxLength).toBe(9);
    expect(settings({}, { max_new_tokens: 5, max_length: 50 }).maxNewTokens).toBe(5);
    // As in transformers, where a least number of new tokens replaces a least length.
    expect(settings({ minNewTokens: 3 }, { min_length: 50 }).minLength).toBe(0);
  });

  test("config.json's fields count where there is none", () => {
    const config = { vocab_size: 3, repetition_penalty: 1.2, top_k: 50, num_beams: 1 };
    expect(settings({}, {}, config)).toMatchObject({
      repetitionPenalty: 1.2,
      fromFile: ["repetitionPenalty"],
    });
    expect(settings({}, { eos_token_id: [1, 3] }, config)).toMatchObject({
      repetitionPenalty: 1,
      endIds: [1, 3],
    });
    expect(settings({}).endIds).toEqual([2]);
    expect(settings({ endIds: [] }).endIds).toEqual([]);
  });

  test.each([
    [{ penalty_alpha: 0.6 }, "contrastive search (penalty_alpha: 0.6)"],
    [{ cache_implementation: "quantized" }, "keys and values kept in fewer bits"],
    [{ num_beam_groups: 3 }, "diverse beams"],
    [{ constraints: [1] }, "constrained beams"],
    [{ guidance_scale: 1.5 }, "classifier-free guidance"],
    [{ prompt_lookup_num_tokens: 10 }, "assisted generation"],
    [{ dola_layers: "high" }, "decoding by contrasting layers"],
    [{ watermarking_config: { bias: 2 } }, "watermarks"],
    [{ top_k: -3 }, "generation_config.json: top_k is -3; it must be a whole number from 1"],
    [{ early_stopping: "soon" }, 'early_stopping is "soon"'],
  ])("%o is refused by name", (file, message) => {
    expect(() => settings({}, file)).toThrow(message);
  });

  test("fields that change nothing are no hindrance; unknown ones are said", () => {
    const told: string[] = [];
    const generationConfig = {
      _from_model_config: true,
      penalty_alpha: null,
      num_beam_groups: 1,
      guidance_scale: 1,
      num_assistant_tokens: 5,
      transformers_version: "5.24.0",
      cache_implementation: "hybrid",
      chat_format: "chatml",
    };
    const onWarning = (warning: string) => void told.push(warning);
    settingsOf({
      options: {},
      generationConfig,
      config: {},
      endId: 2,
      label: "a model",
      onWarning,
    });
    expect(told).toEqual([
      "a model: generation_config.json has chat_format, which changes nothing here",
    ]);
  });
});
