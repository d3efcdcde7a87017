/** A map from two whole numbers (below 2³¹) to one: an open hash table in one typed array, quick to build and to ask. */
export class PairTable {
  private slots: Int32Array;
  private mask: number;
  private count = 0;

  constructor(expected: number) {
    let size = 16;
    while (size < expected * 2) size *= 2;
    this.mask = size - 1;
    this.slots = new Int32Array(size * 3).fill(-1);
  }

  /** The value of a pair, or -1. */
  get(left: number, right: number): number {
    return this.slots[this.slotOf(left, right) + 2]!;
  }

  /** Sets the value (from 0 up) of a pair. */
  set(left: number, right: number, value: number): void {
    const slot = this.slotOf(left, right);
    const isNew = this.slots[slot + 2] === -1;
    this.slots[slot] = left;
    this.slots[slot + 1] = right;
    this.slots[slot + 2] = value;
    if (isNew && ++this.count * 2 > this.mask) this.grow();
  }

  private slotOf(left: number, right: number): number {
    const { slots, mask } = this;
    let hash = Math.imul(left, 0x9e3779b1) ^ Math.imul(right, 0x85ebca6b);
    hash ^= hash >>> 15;
    for (let index = hash & mask; ; index = (index + 1) & mask) {
      const slot = index * 3;
      if (slots[slot + 2] === -1 || (slots[slot] === left && slots[slot + 1] === right))
        return slot;
    }
  }

  private grow(): void {
    const old = this.slots;
    this.mask = this.mask * 2 + 1;
    this.slots = new Int32Array((this.mask + 1) * 3).fill(-1);
    for (let slot = 0; slot < old.length; slot += 3) {
      if (old[slot + 2] !== -1)
        this.slots.set(old.subarray(slot, slot + 3), this.slotOf(old[slot]!, old[slot + 1]!));
    }
  }
}
