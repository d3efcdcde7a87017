import { EngineError } from "../engine-error.ts";
import { spaceFor } from "../heap.ts";
import { type WeightPrecision, type WeightShape, weightLayout } from "./weight-layout.ts";

/** What a run of a usual length takes beside the weights; with less than this left, a warning is due. */
const USUAL_RUN = 256 << 20;

/** How much memory there is for the weights of a model, in bytes. */
export interface Room {
  readonly precision: WeightPrecision;
  readonly panelWidth: number;
  /** Taken beside the weights: what is held already, and what loading needs for a while. */
  readonly taken: number;
  /** What the machine's memory can ever hold, where it has an end of its own (WebAssembly). */
  readonly most?: number;
  /** The computer's memory, and what of it is free now; unknown in browsers. */
  readonly system?: { readonly total: number; readonly free: number };
}

/**
 * Whether a model's weights fit, before any of them is read: throws EngineError when they cannot, gives a warning when they
 * barely do. Both name the sizes and what to do.
 */
export function expectRoom(
  label: string,
  sources: readonly WeightShape[],
  room: Room,
): string | undefined {
  const { precision, panelWidth, taken, most, system } = room;
  const needed = taken + weightBytes(sources, precision, panelWidth);
  const halved = taken + weightBytes(sources, "half", panelWidth);
  const place = `${label}: the weights take ${size(needed)} of memory`;
  /** What `dtype: "half"` would change; nothing where the file is in 16 bits already and kept so. */
  const half = (limit: number) =>
    halved >= needed
      ? ""
      : ` dtype "half" takes ${size(halved)}${halved <= limit ? " and fits." : ", too much as well."}`;
  if (most !== undefined && needed > most)
    throw new EngineError(
      `${place}, WebAssembly holds ${size(most)}.${half(most)} The native kernels (Node on Linux x64, with the package @koromix/koffi-linux-x64) have no such limit; or take a smaller model`,
    );
  if (system && needed > system.free && needed > system.total)
    throw new EngineError(
      `${place}, this computer has ${size(system.total)}, swap included.${half(system.total)} Take a smaller model otherwise`,
    );
  if (system && needed > system.free)
    return `${place}, ${size(system.free)} are free: the system may become slow, or end the process.${half(system.free)}`;
  if (most !== undefined && needed > most - USUAL_RUN)
    return `${place}, WebAssembly holds ${size(most)}: a long text may not fit beside them.${half(most - USUAL_RUN)}`;
  return undefined;
}

function weightBytes(
  sources: readonly WeightShape[],
  precision: WeightPrecision,
  panelWidth: number,
): number {
  return sources.reduce(
    (total, source) => total + spaceFor(weightLayout(source, precision, panelWidth).bytes),
    0,
  );
}

/** Bytes as people read them: "5.3 GiB", "120 MiB". */
function size(bytes: number): string {
  return bytes >= 2 ** 30
    ? `${(bytes / 2 ** 30).toFixed(1)} GiB`
    : `${Math.ceil(bytes / 2 ** 20)} MiB`;
}
