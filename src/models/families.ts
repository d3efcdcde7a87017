import { ConfigError } from "../errors.ts";
import type { RawConfig } from "./config.ts";
import type { Family } from "./family.ts";

/** Every family by the `model_type` its config.json has; a family's file is loaded when it is needed. */
const families: Readonly<Record<string, () => Promise<Family>>> = {
  albert: async () => (await import("./albert.ts")).albert,
  bert: async () => (await import("./bert.ts")).bert,
  camembert: async () => (await import("./roberta.ts")).camembert,
  distilbert: async () => (await import("./distilbert.ts")).distilbert,
  gpt2: async () => (await import("./gpt2.ts")).gpt2,
  gpt_neo: async () => (await import("./gpt_neo.ts")).gptNeo,
  llama: async () => (await import("./llama.ts")).llama,
  longformer: async () => (await import("./longformer.ts")).longformer,
  mobilebert: async () => (await import("./mobilebert.ts")).mobilebert,
  mt5: async () => (await import("./t5.ts")).mt5,
  roberta: async () => (await import("./roberta.ts")).roberta,
  vit: async () => (await import("./vit.ts")).vit,
  t5: async () => (await import("./t5.ts")).t5,
  "xlm-roberta": async () => (await import("./roberta.ts")).xlmRoberta,
  xlnet: async () => (await import("./xlnet.ts")).xlnet,
};

/** The `model_type`s heed runs. */
export const modelTypes: readonly string[] = Object.keys(families);

/** The family of a checkpoint. Throws ConfigError that lists the families there are. */
export async function familyOf({ model_type: type }: RawConfig, label: string): Promise<Family> {
  const known = `heed runs ${modelTypes.join(", ")}`;
  if (type === undefined)
    throw new ConfigError(
      `${label}: config.json has no model_type, which names the family. ${known}`,
    );
  const open =
    typeof type === "string" && Object.hasOwn(families, type) ? families[type] : undefined;
  if (!open)
    throw new ConfigError(
      `${label}: config.json says model_type=${JSON.stringify(type)}. ${known}`,
    );
  return open();
}
