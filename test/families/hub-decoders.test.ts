import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { headInFile } from "../../src/families/head-in-file.ts";
import { load } from "../../src/load.node.ts";
import type { ChatMessage } from "../../src/tasks/writing/chat-text.ts";

const home = fileURLToPath(new URL("../golden", import.meta.url));
const folders = readdirSync(home).filter((name) => existsSync(`${home}/${name}/hub.json`));

/** What transformers made of a folder laid out as a published one (scripts/make-hub-decoders.py). */
interface Recorded {
  readonly texts: readonly { readonly text: string; readonly ids: readonly number[] }[];
  readonly batch?: {
    readonly ids: readonly (readonly number[])[];
    readonly mask: readonly (readonly number[])[];
  };
  readonly chat?: {
    readonly messages: readonly ChatMessage[];
    readonly text: string;
    readonly ids: readonly number[];
  };
  readonly generated: {
    readonly prompt: string;
    readonly ids: readonly number[];
    readonly text: string;
  };
  readonly together: readonly (readonly number[])[];
  readonly logits: readonly number[];
}

describe("decoders as their repositories lay them out", () => {
  test("there is one of each family", () => {
    expect(folders.length).toBe(17);
  });

  test.each(folders)("%s: its head is told by the file's names alone", (name) => {
    const bytes = readFileSync(`${home}/${name}/model.safetensors`);
    const header = bytes.subarray(8, 8 + Number(bytes.readBigUInt64LE(0))).toString();
    const config = JSON.parse(readFileSync(`${home}/${name}/config.json`, "utf8"));
    // BLOOM's file holds its body alone, without a prefix, and a tied head.
    const head = name === "hub-bloom" ? "Model" : "ForCausalLM";
    expect(headInFile(Object.keys(JSON.parse(header)), config)).toBe(head);
  });

  test.each(folders)("%s", async (name) => {
    const recorded = JSON.parse(readFileSync(`${home}/${name}/hub.json`, "utf8")) as Recorded;
    const warnings: string[] = [];
    const model = await load(`${home}/${name}`, {
      onWarning: (message) => warnings.push(message),
    });
    try {
      expect(model.unused).toEqual([]);
      expect(warnings).toEqual([]);
      const tokenizer = model.tokenizer!;
      for (const { text, ids } of recorded.texts)
        expect([...tokenizer.encode(text).ids], text).toEqual(ids);
      if (recorded.batch) {
        const { ids, mask } = tokenizer.encodeBatch(recorded.texts.map(({ text }) => text));
        expect({ ids: ids.map((row) => [...row]), mask: mask.map((row) => [...row]) }).toEqual(
          recorded.batch,
        );
      }
      if (recorded.chat) {
        const { messages, text, ids } = recorded.chat;
        expect(await model.chatPrompt(messages)).toEqual({ text, ids });
      }
      const { prompt, ids, text } = recorded.generated;
      const { rows } = await model.generate(prompt, {
        maxNewTokens: 10,
        doSample: false,
        repetitionPenalty: 1,
      });
      expect(rows[0]!.ids).toEqual(ids);
      expect(rows[0]!.text).toBe(text);
      // Prompts of several lengths are padded on the left, and go on with the cache.
      const prompts = recorded.together.map((row, n) => row.slice(0, [11, 2, 5][n]));
      const both = await model.generate(prompts, {
        maxNewTokens: 12,
        doSample: false,
        repetitionPenalty: 1,
        endIds: [],
      });
      expect(both.rows.map((row) => row.ids)).toEqual(recorded.together);
      const { output } = await model.run(recorded.texts[1]!.text);
      const [, T, V] = output.logits!.shape as readonly [number, number, number];
      const last = output.logits!.data.subarray((T - 1) * V);
      for (const [id, logit] of recorded.logits.entries())
        expect(Math.abs(last[id]! - logit) / Math.max(1, Math.abs(logit))).toBeLessThan(1e-4);
    } finally {
      await model.dispose();
    }
  });
});
