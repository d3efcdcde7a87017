import { ConfigError } from "../../errors/errors.ts";
import { type RawConfig, refuse } from "../config.ts";
import { type Family, headClass, type Network, type Tower } from "../family.ts";
import type { Parameters } from "../parameters.ts";
import { type Similarity, twoTowers } from "./two-towers.ts";

/**
 * The config of one tower: the file's own, or, in a file of both, its part for it. Throws ConfigError for a part that is no object.
 */
export function towerConfig(family: string, tower: Tower, raw: RawConfig): RawConfig {
  // As transformers has it, what older files say in `…_config_dict` goes before.
  const part = raw[`${tower}_config_dict`] ?? raw[`${tower}_config`];
  if (part === undefined || part === null) return hasBothTowers(raw) ? {} : raw;
  if (typeof part !== "object" || Array.isArray(part))
    throw new ConfigError(`${family}: config.json is not right. ${tower}_config must be an object`);
  return part as RawConfig;
}

/** Whether a file holds both towers. */
export function hasBothTowers(raw: RawConfig): boolean {
  return ["text_config", "vision_config"].some(
    (part) => typeof raw[part] === "object" && raw[part] !== null,
  );
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

/** What opens a file of both towers, and each of them. */
interface TowersFamily {
  readonly type: string;
  /** Its classes' name: `CLIP`. */
  readonly named: string;
  readonly open: Readonly<Record<Tower, Family["open"]>>;
  /** Takes what makes logits of how alike the towers' vectors are. */
  readonly takeSimilarity: (file: Parameters) => Similarity;
  /** Why there is no vector of an image, where the config leaves it out. */
  readonly absent?: (raw: RawConfig) => string | undefined;
}

/** The family of files that hold both towers, which run side by side; a classifier sits on that of images alone. */
export function towersFamily(family: TowersFamily): Family {
  const { type, named, open } = family;
  return {
    type,
    open(raw, file): Network {
      const classes = ["ForImageClassification"];
      if (expectTowerClass(type, named, raw, classes) === classes[0]) return open.vision(raw, file);
      const towers = {
        text: open.text(raw, file.network({ stored: "", name: "text." })),
        vision: open.vision(raw, file.network({ stored: "", name: "vision." })),
      };
      const similarity = family.takeSimilarity(file);
      return twoTowers({ towers, similarity, absent: family.absent?.(raw) });
    },
  };
}

/** One tower as a family by itself; of a file of both, the other's tensors (`others`, a pattern of their names) are known and left. */
export function oneTower(
  type: string,
  others: string,
  open: (raw: RawConfig, file: Parameters) => Network,
): Family {
  return {
    type,
    open(raw, file) {
      file.ignore(new RegExp(`^(${others}|logit_scale$|logit_bias$)`));
      return open(raw, file);
    },
  };
}
