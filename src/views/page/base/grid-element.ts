import { formatHead, type HeadAddress } from "../../../probe/head-address.ts";
import type { AttentionSource } from "../source/source.ts";
import type { View, ViewChange } from "../state/view.ts";
import type { Box, Size } from "./box.ts";
import { typeOf, typeSize } from "./canvas.ts";
import { CanvasElement, type Drawing, type Pen } from "./canvas-element.ts";
import type { Inks } from "./palette.ts";

const gap = 3;
const labelWidth = 28;
const labelHeight = 18;

/** Where the heads of a grid are: a row a layer, a column a head. */
export interface GridLayout extends Size {
  readonly cell: Size;
}

/** All heads small on one canvas: hover for a head's numbers, click or arrow keys to open it. */
export abstract class GridElement<Source extends AttentionSource> extends CanvasElement<
  Source,
  HeadAddress,
  GridLayout
> {
  /** The size of a head where a row of them has so many CSS pixels each. */
  protected abstract cellIn(source: Source, fitting: number): Size;
  /** What is said of a head that is pointed at. */
  protected abstract finding(source: Source, view: View, address: HeadAddress): string;

  protected override content(_source: Source, _view: View): unknown {
    return this.canvases("All heads: arrow keys choose one, up and down change the layer");
  }

  protected override layOut(source: Source, room: number): GridLayout {
    const { layers, heads } = source;
    const cell = this.cellIn(source, Math.floor((room - labelWidth - 2) / heads) - gap);
    return {
      cell,
      width: labelWidth + heads * (cell.width + gap) + 2,
      height: labelHeight + layers * (cell.height + gap) + 2,
    };
  }

  protected override marks(
    { view, layout, inks }: Drawing<Source, GridLayout>,
    pen: Pen,
    hovered?: HeadAddress,
  ): void {
    frame(pen, layout, view, inks.mark);
    if (hovered) frame(pen, layout, hovered, inks.ink);
  }

  protected override placeAt(
    { source, layout: { cell } }: Drawing<Source, GridLayout>,
    x: number,
    y: number,
  ): HeadAddress | undefined {
    const head = Math.floor((x - labelWidth) / (cell.width + gap));
    const layer = Math.floor((y - labelHeight) / (cell.height + gap));
    const heads = source.headsOf?.[layer] ?? source.heads;
    const isHead = head >= 0 && layer >= 0 && head < heads && layer < source.layers;
    return isHead ? { layer, head } : undefined;
  }

  protected override said(source: Source, view: View, address: HeadAddress): string {
    return `${formatHead(address)}: ${this.finding(source, view, address)}`;
  }

  protected override chosen(address: HeadAddress): ViewChange {
    return address;
  }

  protected override moved(_: Source, { layer, head }: View, across: number, down: number) {
    return { layer: layer + down, head: head + across };
  }
}

/** Where a head is drawn. */
export function placeOf({ cell }: GridLayout, { layer, head }: HeadAddress): Box {
  return {
    x: labelWidth + head * (cell.width + gap),
    y: labelHeight + layer * (cell.height + gap),
    ...cell,
  };
}

/** "H0", "H1" above the heads and "L0", "L1" beside them, as many as fit. */
export function drawHeadLabels(
  pen: Pen,
  { layers, heads }: AttentionSource,
  layout: GridLayout,
  { quiet }: Inks,
): void {
  const { width, height } = layout.cell;
  pen.fillStyle = quiet;
  pen.font = typeOf(typeSize(pen.canvas, 11));
  pen.textBaseline = "middle";
  pen.textAlign = "center";
  const headStride = Math.max(1, Math.ceil(28 / (width + gap)));
  for (let head = 0; head < heads; head += headStride)
    pen.fillText(`H${head}`, placeOf(layout, { layer: 0, head }).x + width / 2, labelHeight / 2);
  pen.textAlign = "right";
  const layerStride = Math.max(1, Math.ceil(14 / (height + gap)));
  for (let layer = 0; layer < layers; layer += layerStride)
    pen.fillText(`L${layer}`, labelWidth - 5, placeOf(layout, { layer, head: 0 }).y + height / 2);
}

function frame(pen: Pen, layout: GridLayout, address: HeadAddress, color: string): void {
  const { x, y, width, height } = placeOf(layout, address);
  pen.strokeStyle = color;
  pen.lineWidth = 2;
  pen.strokeRect(x - 1.5, y - 1.5, width + 3, height + 3);
}
