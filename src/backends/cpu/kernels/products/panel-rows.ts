import type { KernelBuilder } from "../../language/builder.ts";
import type { Integer } from "../../language/instruction.ts";
import { WORD } from "../../language/layout.ts";
import { panelsAtOnce, tile } from "./tile.ts";

/** Some rows times neighbouring panels, in f32. */
export interface PanelRows {
  /** The first row and the bytes from one to the next; turned, from one k to the next. */
  readonly x: Integer;
  readonly xRow: Integer;
  readonly isTurned?: boolean;
  readonly panels: Integer;
  readonly panelBytes: Integer;
  readonly panelCount: Integer;
  readonly depth: Integer;
  readonly columns: Integer;
  readonly output: Integer;
  readonly outputRow: Integer;
  /** 0: the sums begin at 0; otherwise with what the output holds. */
  readonly isGoingOn: Integer;
}

/** `height` rows, which must be as many as a tile may have, through all panels. */
export function throughPanels(k: KernelBuilder<string>, height: number, spec: PanelRows): void {
  const panel = k.integer(0);
  const columns = k.integer(spec.columns);
  const panels = k.integer(spec.panels);
  const output = k.integer(spec.output);
  const most = panelsAtOnce(k, height);
  for (const wide of most > 1 ? [most, 1] : [1])
    k.while(panel, "<", wide > 1 ? k.subtract(spec.panelCount, wide - 1) : spec.panelCount, () => {
      tile(
        k,
        {
          ...spec,
          weights: "f32",
          panels,
          columns,
          outputAt: (p) => k.pointer(k.at(output, p * k.panelWidth * WORD)),
        },
        height,
        wide,
      );
      k.advance(panel, wide);
      k.advance(columns, -wide * k.panelWidth);
      k.advance(panels, k.multiply(spec.panelBytes, wide));
      k.advance(output, wide * k.panelWidth * WORD);
    });
}
