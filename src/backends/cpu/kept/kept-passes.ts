import type { Pass } from "../../../tensor/backend.ts";
import type { Entry } from "../../../tensor/entry.ts";
import { type Engine, KeptPass } from "./kept-pass.ts";
import { Outline } from "./outline.ts";

/** A pass that takes more memory computes for so long that planning it does not count. */
const MOST_BYTES = 4 << 20;
/** How many passes are kept, and how much memory for all of them. */
const MOST_PASSES = 16;
const MOST_BYTES_OF_ALL = 32 << 20;

/** The passes that were carried out last, in the order of their last use. */
export class KeptPasses {
  readonly #engine: Engine;
  #passes: KeptPass[] = [];

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  /** A kept pass of a program like this one, or one that will be; undefined where it is not worth it, or no more can be kept. */
  begin(entries: readonly Entry[]): Pass | undefined {
    for (let place = this.#passes.length - 1; place >= 0; place--) {
      const known = this.#passes[place]!;
      if (known.isBusy || known.isAbandoned) continue;
      const varying = known.outline.match(entries);
      if (!varying) continue;
      this.#passes.push(...this.#passes.splice(place, 1));
      return known.begin(varying, () => this.#letGo(MOST_PASSES, MOST_BYTES_OF_ALL));
    }
    const outline = new Outline(entries);
    if (outline.bytes > MOST_BYTES) return undefined;
    this.#letGo(MOST_PASSES - 1, MOST_BYTES_OF_ALL);
    if (this.#passes.length >= MOST_PASSES) return undefined;
    const made = new KeptPass(outline, this.#engine);
    this.#passes.push(made);
    return made.begin([], () => this.#letGo(MOST_PASSES, MOST_BYTES_OF_ALL));
  }

  /** Gives back what can be; false when there was nothing. */
  giveBack(): boolean {
    const before = this.#passes.length;
    this.#letGo(0, 0);
    return this.#passes.length < before;
  }

  /** Lets go of those that are of no use, and of those used longest ago until there are no more than so many. */
  #letGo(count: number, bytes: number): void {
    let [tooMany, tooMuch] = [
      this.#passes.length - count,
      this.#passes.reduce((sum, pass) => sum + pass.bytes, 0) - bytes,
    ];
    this.#passes = this.#passes.filter((pass) => {
      const isOver = tooMany > 0 || tooMuch > 0 || pass.isAbandoned;
      if (!isOver || pass.isBusy) return true;
      tooMany -= 1;
      tooMuch -= pass.bytes;
      pass.release();
      return false;
    });
  }
}
