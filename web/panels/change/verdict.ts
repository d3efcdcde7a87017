import type { Effect } from "heed/analysis";
import { signedText } from "../../app/numbers.ts";

type Station = Effect["stations"][number];

/** How far a vector turned, in degrees: 0 where its cosine is 1. NaN where one side is 0 throughout. */
export function degrees(cosine: number): number {
  return (Math.acos(Math.min(1, Math.max(-1, cosine))) * 180) / Math.PI;
}

/** A station's turn beside that of random changes of its kind. */
export interface Turn {
  readonly kind: Station["kind"];
  readonly layer: number | undefined;
  readonly heads: readonly number[] | undefined;
  /** Degrees. */
  readonly angle: number;
  readonly controls:
    | {
        readonly median: number;
        readonly low: number;
        readonly high: number;
        readonly count: number;
      }
    | undefined;
}

/** The turns of all stations, in the order a change passes them. */
export function turnsOf({ stations }: Effect): Turn[] {
  return stations.map(({ kind, layer, heads, cosine, controls }) => ({
    kind,
    layer,
    heads,
    angle: degrees(cosine),
    controls: controls && {
      median: degrees(controls.cosine.median),
      // The less alike, the farther turned.
      low: degrees(controls.cosine.high),
      high: degrees(controls.cosine.low),
      count: controls.cosine.count,
    },
  }));
}

/** How large an effect is beside those of random changes: no larger than half of them, larger than nearly all, or between. */
export type Size = "small" | "usual" | "large";

/** The size of a turn; undefined without controls. */
export function sizeOf({ angle, controls }: Turn): Size | undefined {
  if (!controls || controls.count < 3 || Number.isNaN(angle)) return undefined;
  if (angle <= controls.median) return "small";
  return angle > controls.high ? "large" : "usual";
}

/** Where a change is judged: at the end of its way. */
export function endOf(turns: readonly Turn[]): Turn | undefined {
  return turns.at(-1);
}

/** The station of a kind that a change passes first. */
export function firstOf(turns: readonly Turn[], kind: Turn["kind"]): Turn | undefined {
  return turns.find((turn) => turn.kind === kind);
}

/** An angle as it is printed: "55°", "4.8°", "0.4°", "0.004°". */
export function angleText(angle: number): string {
  if (Number.isNaN(angle)) return "–";
  if (angle < 0.05) return angle === 0 ? "0°" : `${Number(angle.toPrecision(1))}°`;
  return `${angle >= 10 ? Math.round(angle) : angle.toFixed(1)}°`;
}

/** A cosine as it is printed: 0.58, and as many nines as tell it from 1. */
export function cosineText(cosine: number): string {
  const missing = 1 - cosine;
  if (!(missing > 0)) return Number.isNaN(cosine) ? "–" : "1";
  const decimals = Math.min(6, Math.max(2, Math.ceil(-Math.log10(missing)) + 1));
  return signedText(cosine, decimals);
}
