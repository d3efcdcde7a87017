import { SiteError } from "../errors/errors.ts";
import { Tensor } from "../tensor/tensor.ts";
import type { Kept } from "./kept.ts";
import type { Trace } from "./trace.ts";

/** Whether a number may stand at a site: finite, or in scores −Infinity. */
export function mayStand(value: number, site: string): boolean {
  return Number.isFinite(value) || (value === -Infinity && /scores/.test(site));
}

/** Of a run with patches: throws SiteError for the first site read, or else the first output, that holds NaN or Infinity. */
export function expectNoOverflow(
  trace: Trace,
  output: Readonly<Record<string, Tensor | undefined>>,
): void {
  for (const site of trace.sites)
    for (const numbers of trace.keptParts(site)) expectNumbers(site, numbers);
  for (const [name, tensor] of Object.entries(output)) if (tensor) expectNumbers(name, tensor);
}

function expectNumbers(site: string, numbers: Kept): void {
  const wrong = (value: number) => !mayStand(value, site);
  const found = numbers instanceof Tensor ? numbers.data.find(wrong) : numbers.find(wrong);
  if (found === undefined) return;
  const at = numbers instanceof Tensor ? ` at element ${numbers.data.findIndex(wrong)}` : "";
  throw new SiteError(
    `patch: ${site} became ${found}${at}: the patched numbers overflowed float32 on the way there. Patch with smaller ones`,
  );
}

/** What a run gave that is not a number, in one sentence; a row of NaN has NaN in its first place, so only that is looked at. */
export function notNumbers(
  trace: Trace,
  output: Readonly<Record<string, Tensor | undefined>>,
): string | undefined {
  const isWrong = ({ data, shape }: Tensor) => {
    const width = shape.at(-1) || 1;
    for (let at = 0; at < data.length; at += width) if (Number.isNaN(data[at])) return true;
    return false;
  };
  const read = trace.sites.map((site) => [site, trace.keptParts(site)] as const);
  const given = Object.entries(output).map(([name, tensor]) => [name, [tensor]] as const);
  const found = [...read, ...given].find(([, parts]) =>
    parts.some((part) => part instanceof Tensor && isWrong(part)),
  );
  return (
    found &&
    `${found[0]} holds NaN: a number overflowed on the way there, or a weight is no number. Nothing computed from it means anything`
  );
}
