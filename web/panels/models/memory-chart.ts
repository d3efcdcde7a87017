import { type MemoryCurve, type WeightDtype, weightDtypes } from "heed/explore";
import { svg, type TemplateResult } from "lit-html";

const height = 250;
const left = 66;
const right = 14;
const top = 12;
const bottom = 46;

/** What the chart writes. */
export interface ChartWriting {
  readonly label: string;
  readonly axis: string;
  bytes(bytes: number): string;
  count(count: number): string;
}

/** One line of the chart: bytes at each length. */
export interface MemoryLine {
  readonly name: WeightDtype | "attention";
  readonly bytes: readonly number[];
}

/**
 * What a pass takes with its weights kept in each type, and beside it every attention weight: bytes at each length. Activations and the cache of
 * keys and values are float32 whatever the weights are.
 */
export function memoryLines({ weightBytes, counts }: MemoryCurve): MemoryLine[] {
  return [
    ...weightDtypes.map((name) => ({
      name,
      bytes: counts.map(
        ({ activationBytes, cacheBytes }) => weightBytes[name] + activationBytes + cacheBytes,
      ),
    })),
    { name: "attention", bytes: counts.map(({ weightsTensorBytes }) => weightsTensorBytes) },
  ];
}

/** Round amounts from 0 to the first at or above the largest: three to six of them. */
export function axisTicks(largest: number): number[] {
  const rough = Math.max(largest, 1) / 4;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].find((factor) => factor * power >= rough)! * power;
  return Array.from({ length: Math.ceil(largest / step) + 1 }, (_, place) => place * step);
}

/** Where a count stands on the axis: by its tokens, or by its pictures. */
export function placesOf({ by, counts }: MemoryCurve): number[] {
  return counts.map(({ tokens, batch }) => (by === "tokens" ? tokens : batch));
}

/** Memory by number of tokens or of pictures, a line for each type that weights are kept in and one for all attention weights. */
export function memoryChart(
  curve: MemoryCurve,
  width: number,
  { label, axis, bytes, count }: ChartWriting,
): TemplateResult {
  const lines = memoryLines(curve);
  const all = placesOf(curve);
  const most = all.at(-1)!;
  const ticks = axisTicks(Math.max(...lines.flatMap((line) => line.bytes)));
  const ground = height - bottom;
  const x = (at: number) => left + (at / most) * (width - left - right);
  const y = (amount: number) => ground - (amount / (ticks.at(-1) || 1)) * (ground - top);
  // The first of the lengths is a single token; pictures begin with one.
  const odd = curve.by === "tokens" ? 0 : 1;
  const named = all.filter((_, place) => place > 0 && place % 2 === odd);
  return svg`<svg class="memory" width=${width} height=${height} viewBox="0 0 ${width} ${height}" role="img" aria-label=${label}>
    ${ticks.map(
      (tick) => svg`
        <line class="axis" x1=${left} x2=${width - right} y1=${y(tick)} y2=${y(tick)}></line>
        <text class="amount" x=${left - 8} y=${y(tick) + 4}>${bytes(tick)}</text>`,
    )}
    ${named.map(
      (at) => svg`
        <text class=${at === most ? "tokens last" : "tokens"} x=${x(at)} y=${ground + 18}>${count(at)}</text>`,
    )}
    <text class="tokens" x=${(left + width - right) / 2} y=${height - 8}>${axis}</text>
    ${lines.map(
      ({ name, bytes: amounts }) =>
        svg`<path class=${name} d=${amounts.map((amount, place) => `${place === 0 ? "M" : "L"}${x(all[place]!).toFixed(1)} ${y(amount).toFixed(1)}`).join(" ")}></path>`,
    )}
    ${lines.flatMap(({ name, bytes: amounts }) =>
      amounts.map(
        (amount, place) =>
          svg`<circle class=${name} r="3" cx=${x(all[place]!)} cy=${y(amount)}><title>${`${count(all[place]!)}: ${bytes(amount)}`}</title></circle>`,
      ),
    )}
  </svg>` as TemplateResult;
}
