/** A part of what a box scrolls, in pixels from the start of its content. */
export interface ScrolledPart {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Scrolls a box until a part of its content is seen: to its middle, unless it is seen already. */
export function reveal(box: Element, { x, y, width, height }: ScrolledPart): void {
  box.scrollLeft = shifted(box.scrollLeft, box.clientWidth, x, width);
  box.scrollTop = shifted(box.scrollTop, box.clientHeight, y, height);
}

function shifted(scroll: number, room: number, start: number, length: number): number {
  const isSeen = start >= scroll && start + length <= scroll + room;
  return isSeen ? scroll : start + length / 2 - room / 2;
}

/** Where an element stands in the content of a box. */
export function partOf(box: Element, element: Element): ScrolledPart {
  const outer = box.getBoundingClientRect();
  const { left, top, width, height } = element.getBoundingClientRect();
  return {
    x: left - outer.left - box.clientLeft + box.scrollLeft,
    y: top - outer.top - box.clientTop + box.scrollTop,
    width,
    height,
  };
}

/** The smallest part that holds two. */
export function around(a: ScrolledPart, b: ScrolledPart): ScrolledPart {
  const [x, y] = [Math.min(a.x, b.x), Math.min(a.y, b.y)];
  const [right, bottom] = [
    Math.max(a.x + a.width, b.x + b.width),
    Math.max(a.y + a.height, b.y + b.height),
  ];
  return { x, y, width: right - x, height: bottom - y };
}
