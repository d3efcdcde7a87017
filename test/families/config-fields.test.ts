import { existsSync, readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { ConfigError } from "../../src/errors/errors.ts";
import type { RawConfig } from "../../src/families/config.ts";
import { modelTypes } from "../../src/families/families.ts";
import { recordedPass } from "../support/recorded-pass.ts";
import { goldenFolder } from "../support/small-models.ts";
import known from "./config-fields.json" with { type: "json" };
import { idleFields } from "./idle-fields.ts";

interface Known {
  /** By field, what it is where a file leaves it out. */
  readonly fields: RawConfig;
  /** Fields that its code asks for, and its class does not declare. */
  readonly beside: readonly string[];
  /** By another spelling, the field. */
  readonly aliases: Readonly<Record<string, string>>;
}
const types: Readonly<Record<string, Known>> = known.types;

/** The small configs of each type, every head among them. */
const configs = new Map<string, RawConfig[]>();
for (const folder of readdirSync(goldenFolder(""))) {
  const file = `${goldenFolder(folder)}/config.json`;
  if (!existsSync(file)) continue;
  const config: RawConfig = JSON.parse(readFileSync(file, "utf8"));
  const type = config.model_type as string;
  configs.set(type, [...(configs.get(type) ?? []), config]);
}

// An encoder alone of mT5, which no folder is.
configs.get("mt5")!.push({ ...configs.get("mt5")![0], architectures: ["MT5EncoderModel"] });

/** What becomes of a config, as lines; a refusal is one. */
const outcomeOf = async (config: RawConfig): Promise<string> => {
  try {
    return (await recordedPass(config)).join("\n");
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw new Error(`not refused by name: ${JSON.stringify(config)}`, { cause: error });
  }
};

const asIs = new Map<RawConfig, Promise<string>>();

/** The same of a config as its folder has it, found once. */
function outcomeAsIs(config: RawConfig): Promise<string> {
  const outcome = asIs.get(config) ?? outcomeOf(config);
  asIs.set(config, outcome);
  return outcome;
}

/** Other values than this one, of its own kind first. */
function othersThan(value: unknown): unknown[] {
  const near = typeof value === "number" ? [value + 1, value * 2, Math.ceil(value / 2), 0] : [];
  const rope = { rope_type: "linear", factor: 3 };
  const any = [true, false, 1, 2, 0.5, 3, null, "other", "tanh", ["other"], { other: 1 }, rope];
  return [...near, ...any].filter((other) => other !== value);
}

/** Whether some value of the field changes what heed does with a config. */
async function isHeeded(field: string, { fields, aliases }: Known, list: readonly RawConfig[]) {
  for (const config of list) {
    const { [aliases[field] ?? ""]: aliased, ...base } = config;
    const before = await (aliased === undefined ? outcomeAsIs(config) : outcomeOf(base));
    for (const other of othersThan(base[field] ?? aliased ?? fields[field] ?? null))
      if ((await outcomeOf({ ...base, [field]: other })) !== before) return true;
  }
  return false;
}

test("the list is of the types there are", () => {
  expect(Object.keys(types)).toEqual([...modelTypes].sort());
});

describe("a field of a config is heeded, or changes no number", () => {
  test.each(Object.entries(types))("%s", async (type, entry) => {
    const list = configs.get(type)!;
    const { fields, beside, aliases } = entry;
    const all = [
      ...Object.keys({ ...known.shared, ...fields }),
      ...beside,
      ...Object.keys(aliases),
    ];
    const idle = idleFields(type);
    const unheeded: string[] = [];
    for (const field of all)
      if (idle.reason(field) === undefined && !(await isHeeded(field, entry, list)))
        unheeded.push(field);
    expect(unheeded.join(" ")).toBe("");
    const gone = idle.own.filter((field) => !all.includes(field));
    expect(gone.join(" "), "no longer a field").toBe("");
  });
});

/** Fields that older files spell otherwise, which heed reads where the newer spelling is left out. */
const spelledOtherwise: Readonly<Record<string, readonly string[]>> = {
  gpt2: ["n_positions"],
  nomic_bert: [
    "hidden_size",
    "num_hidden_layers",
    "num_attention_heads",
    "intermediate_size",
    "max_position_embeddings",
  ],
};

describe("a field that is left out is what transformers' class has", () => {
  test.each(Object.entries(types))("%s", async (type, { fields, aliases }) => {
    const list = configs.get(type)!;
    const plain = await Promise.all(list.map(unpadded));
    const others: string[] = [];
    for (const [field, usual] of Object.entries({ ...known.shared, ...fields })) {
      if (usual === null || spelledOtherwise[type]?.includes(field)) continue;
      for (const [place, config] of list.entries()) {
        const { [field]: own, ...without } = config;
        if (Object.keys(config).some((name) => aliases[name] === field)) continue;
        const left = await unpadded(without);
        // Where nothing changes, no head reads it, or the config says what is usual.
        if (left === plain[place] && own !== usual) continue;
        const named = await unpadded({ ...without, [field]: usual });
        if (left !== named && !isRefusal(left, named)) others.push(`${field}=${String(usual)}`);
        break;
      }
    }
    expect(others.join(" ")).toBe("");
  });
});

/** What becomes of a config, but for what fills padded places: nobody reads those. */
async function unpadded(config: RawConfig): Promise<string> {
  return (await outcomeOf(config)).replace(/"paddingId":\d+/, "");
}

/** Whether a value and the same left out are refused in words that differ in nothing but the value. */
function isRefusal(left: string, named: string): boolean {
  return [left, named].every((one) => /config\.json says/.test(one));
}

describe("what changes numbers and is not computed is refused by name", () => {
  test.each<[string, RawConfig, string]>([
    [
      "gemma",
      { use_bidirectional_attention: true },
      "use_bidirectional_attention=true. transformers",
    ],
    [
      "gemma2",
      { use_bidirectional_attention: true },
      "use_bidirectional_attention=true. transformers",
    ],
    ["phi", { head_dim: 6 }, "head_dim=6. heed runs this family with heads"],
    ["falcon", { head_dim: 6 }, "head_dim=6. heed runs this family with heads"],
    ["gpt_neox", { head_dim: 6 }, "head_dim=6. heed runs this family with heads"],
    ["modernbert", { head_dim: 10 }, "head_dim=10. heed runs this family with heads"],
    ["dinov2", { head_dim: 10 }, "head_dim=10. heed runs this family with heads"],
    ["beit", { head_dim: 10 }, "head_dim=10. heed runs this family with heads"],
    ["phi3", { rope_parameters: { partial_rotary_factor: 2 } }, "partial_rotary_factor is 2"],
    ["t5", { architectures: ["T5EncoderModel"], is_decoder: true }, "is_decoder=true. An encoder"],
    [
      "mt5",
      { architectures: ["MT5EncoderModel"], is_decoder: true },
      "is_decoder=true. An encoder",
    ],
  ])("%s %j", async (type, fields, message) => {
    const [config] = configs.get(type)!;
    await expect(recordedPass({ ...config, ...fields })).rejects.toThrow(message);
  });

  test("Swin's heads by their other name are its heads", async () => {
    const { num_heads: heads, ...others } = configs.get("swin")![0]!;
    const own = await recordedPass({ ...others, num_heads: heads });
    expect(await recordedPass({ ...others, num_attention_heads: heads })).toEqual(own);
  });
});
