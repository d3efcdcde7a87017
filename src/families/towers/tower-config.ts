import { ConfigError } from "../../errors/errors.ts";
import { type RawConfig, refuse } from "../config.ts";
import { type Family, headClass } from "../family.ts";

/** Which of the two towers. */
export type Tower = "text" | "vision";

/**
 * The config of one tower: the file's own, or, in a file of both, its part for it. Throws ConfigError for a part that is no object.
 */
export function towerConfig(family: string, tower: Tower, raw: RawConfig): RawConfig {
  // As transformers has it, what older files say in `…_config_dict` goes before.
  const part = raw[`${tower}_config_dict`] ?? raw[`${tower}_config`];
  if (part === undefined || part === null) return raw;
  if (typeof part !== "object" || Array.isArray(part))
    throw new ConfigError(`${family}: config.json is not right. ${tower}_config must be an object`);
  return part as RawConfig;
}

/** Whether a file holds both towers. */
export function hasBothTowers(raw: RawConfig): boolean {
  return ["text_config", "vision_config"].some((part) => typeof raw[part] === "object");
}

/** The class a config names, without the family's name: "TextModel", "VisionModelWithProjection". Throws ConfigError for none of `classes`. */
export function expectTowerClass(
  family: string,
  named: string,
  raw: RawConfig,
  classes: readonly string[],
): string {
  const [architecture] = Array.isArray(raw.architectures) ? (raw.architectures as unknown[]) : [];
  const name =
    typeof architecture === "string" && architecture.startsWith(named)
      ? architecture.slice(named.length)
      : headClass(raw);
  if (!classes.includes(name) && name !== "Model")
    refuse(
      family,
      "architectures",
      raw.architectures,
      `heed has ${classes.map((one) => `${named}${one}`).join(", ")}`,
    );
  return name;
}

/** The family of files that hold both towers: refused with the way to one of them, except where a classifier sits on that of images. */
export function towersFamily(type: string, classifier: string, openVision: Family["open"]): Family {
  return {
    type,
    open(raw, file) {
      const [named] = Array.isArray(raw.architectures) ? (raw.architectures as unknown[]) : [];
      if (named === classifier) return openVision(raw, file);
      return refuse(
        type,
        "model_type",
        type,
        `It holds two towers, one of images and one of texts, and heed opens them one by one: load it with the type "${type}_vision_model" or "${type}_text_model" (--type)`,
      );
    },
  };
}
