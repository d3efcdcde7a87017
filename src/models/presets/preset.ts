import type { RawConfig } from "../../families/config.ts";

/** A model of the table: what it is called, where it is, what was published, and the config its shapes come from. */
export interface Preset {
  /** What `heed plan` takes. */
  readonly name: string;
  readonly title: string;
  /** Where its weights are public; undefined where they are not. */
  readonly hub?: string;
  /** Where on the hub, when safetensors are not on the main branch. */
  readonly revision?: string;
  readonly licence: string;
  /** Parameters as published, in millions. */
  readonly published: number;
  /** What the published number or the table leaves out. */
  readonly note?: string;
  readonly config: RawConfig;
}
