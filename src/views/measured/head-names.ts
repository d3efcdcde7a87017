import type { HeadAddress } from "../../probe/head-address.ts";

/** What heads stand out by. */
export interface HeadNames {
  readonly title: string;
  readonly layers: number;
  /** The model's number of the first of them; 0 if not given. */
  readonly firstLayer?: number;
  readonly heads: number;
  /** One a head: its strongest name in few letters, and how far it stands out, 0 to 1; undefined for heads without. */
  readonly names: readonly ({ readonly short: string; readonly excess: number } | undefined)[];
  /** What heads are called by, and which: the strongest first. */
  readonly listed: readonly NamedHeads[];
  readonly notes: readonly string[];
}

/** One name, the head that is it most, and the others. */
export interface NamedHeads {
  /** "looks at the token before" */
  readonly what: string;
  readonly strongest: HeadAddress & {
    readonly score: number;
    readonly chance: number;
    /** What the head gives other keys at the same distances. */
    readonly habit?: number;
    /** Standard deviation between texts; undefined for one. */
    readonly spread?: number;
  };
  readonly others: readonly HeadAddress[];
}
