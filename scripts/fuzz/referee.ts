// Double precision as referee between heed and PyTorch where a random config's site differs: whether it is rounding, or a fault.
import { readFileSync } from "node:fs";
import { type RecordedTrace, readTrace } from "../../src/checkpoint/trace-file.ts";
import {
  compareSite,
  recordedInput,
  type SiteDifference,
  verifyTrace,
} from "../../src/tasks/verify.ts";
import { Tensor } from "../../src/tensor/tensor.ts";

/** How far a site is from double precision: heed's numbers, PyTorch's, and double precision's own where weights are off by half a step of float32. */
export interface Judged {
  readonly site: string;
  readonly heed: number;
  readonly pytorch: number;
  readonly moved: number;
  readonly isRounding: boolean;
}

/** How many times as far from double precision heed may be as PyTorch or such weights: sums are added in another order. */
const most = 8;

/** What `golden_trace.py` writes beside a case: its sites in double precision, and those of weights half a step of float32 off, as far as they move. */
export interface DoubleTraces {
  readonly double: RecordedTrace;
  readonly moved: RecordedTrace;
}

/** double.safetensors and moved.safetensors of a case's folder. */
export function readDouble(folder: string): DoubleTraces {
  const read = (name: string) => {
    const place = `${folder}/${name}.safetensors`;
    return readTrace(readFileSync(place), place);
  };
  return { double: read("double"), moved: read("moved") };
}

/** Judges sites that differ. One without numbers in double precision is no rounding. */
export async function judge(
  model: Parameters<typeof verifyTrace>[0],
  recorded: RecordedTrace,
  wrong: readonly SiteDifference[],
  { double, moved }: DoubleTraces,
): Promise<Judged[]> {
  const input = recordedInput(recorded, "the case");
  const inputs = [...recorded.tensors].filter(([name]) => name.startsWith("input."));
  const known = wrong.filter(({ site, reason }) => !reason && double.tensors.has(site));
  const unknown = wrong.filter((site) => !known.includes(site));
  const sites = known.map(({ site }) => [site, double.tensors.get(site)!] as const);
  const asked = { metadata: double.metadata, tensors: new Map([...inputs, ...sites]) };
  const found = sites.length > 0 ? await verifyTrace(model, asked) : [];
  const away = (trace: RecordedTrace, site: string) => {
    const { shape, data } = trace.tensors.get(site)!;
    const numbers = new Tensor(shape, Float32Array.from(data));
    return compareSite(site, numbers, double.tensors.get(site)!, input, 1e-4).difference;
  };
  return [
    ...unknown.map(({ site }) => ({
      site,
      heed: NaN,
      pytorch: NaN,
      moved: NaN,
      isRounding: false,
    })),
    ...found.map(({ site, difference, passed }) => {
      const [pytorch, own] = [away(recorded, site), away(moved, site)];
      const isRounding = passed || difference <= most * Math.max(pytorch, own);
      return { site, heed: difference, pytorch, moved: own, isRounding };
    }),
  ];
}

/** The site that is farthest from double precision, in words. */
export function toldBy(judged: readonly Judged[]): string {
  const [{ site, heed, pytorch, moved }] = [...judged].sort((a, b) => b.heed - a.heed) as [Judged];
  const off = (number: number) => number.toExponential(1);
  return `${site}: heed is ${off(heed)} from double precision, PyTorch ${off(pytorch)}, weights half a step of float32 off ${off(moved)}`;
}
