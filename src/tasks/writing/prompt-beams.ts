import type { WritingSettings } from "./settings.ts";

/** A text that is followed. */
export interface Beam {
  /** Ids of all columns. */
  readonly columns: readonly number[];
  /** Log-probability of what was written; of a finished text divided by its length to the power of the penalty. */
  readonly score: number;
  /** The beam of the pass before that it goes on from. */
  readonly parent: number;
}

/** A text with one token more. */
export interface Candidate extends Beam {
  readonly isEnded: boolean;
}

interface FinishedBeam extends Beam {
  /** False for a place that no text has taken yet. */
  readonly isTaken: boolean;
}

type BeamSettings = Pick<WritingSettings, "numBeams" | "lengthPenalty" | "earlyStopping"> & {
  readonly capacity: number;
  readonly promptColumns: number;
};

/** What transformers adds to a score that does not count, in single precision as all sums here. */
const out = -1e9;

/** The beams of one prompt: those that go on, and the best that have ended. */
export class PromptBeams {
  running: readonly Beam[];
  /** Best first. */
  finished: readonly FinishedBeam[];
  /** Whether what goes on may still become better than what has ended. */
  isOpen = true;
  readonly #settings: BeamSettings;

  constructor(prompt: readonly number[], settings: BeamSettings) {
    this.#settings = settings;
    const places = Array.from({ length: settings.numBeams }, (_, parent) => parent);
    // All beams begin alike, so that only the first one counts.
    this.running = places.map((parent) => ({ columns: prompt, score: parent ? out : 0, parent }));
    this.finished = places.map((parent) => ({
      columns: prompt,
      score: out,
      parent,
      isTaken: false,
    }));
  }

  /** Whether as many texts have ended as there are beams. */
  get isFull(): boolean {
    return this.finished.every(({ isTaken }) => isTaken);
  }

  /** Log-probabilities of all beams' next tokens (beams × V, one behind the other), with those of what was written before. */
  accumulated(scores: readonly Float32Array[]): Float32Array {
    const V = scores[0]!.length;
    const all = new Float32Array(scores.length * V);
    for (const [beam, own] of scores.entries()) {
      const { score } = this.running[beam]!;
      for (let id = 0; id < V; id++) all[beam * V + id] = own[id]! + score;
    }
    return all;
  }

  /** One token further: of the candidates, best first, some go on and some have ended. */
  advance(candidates: readonly Candidate[]): void {
    const { numBeams, lengthPenalty, earlyStopping, promptColumns, capacity } = this.#settings;
    const going = candidates.map((one) => (one.isEnded ? less(one, out) : one));
    this.running = best(going, numBeams);
    const isFull = this.isFull && earlyStopping === true;
    const length = candidates[0]!.columns.length - promptColumns;
    const ended = candidates.map((one, place): FinishedBeam => {
      // Only one among the first ends a text; the others are kept in case that many end.
      const isTaken = one.isEnded && place < numBeams;
      let score = Math.fround(one.score / Math.fround(length ** lengthPenalty));
      for (const isOut of [isFull, !this.isOpen, !isTaken])
        if (isOut) score = Math.fround(score + out);
      return { ...one, score, isTaken };
    });
    // A text as unlikely as an empty place takes it.
    const ranked = [...this.finished, ...ended].sort((a, b) => +b.isTaken - +a.isTaken);
    this.finished = best(ranked, numBeams);
    const isPatient = earlyStopping === "never" && lengthPenalty > 0;
    const reached = isPatient ? capacity - promptColumns : length;
    const hoped = Math.fround(this.running[0]!.score / Math.fround(reached ** lengthPenalty));
    const worst = Math.min(...this.finished.map(({ score }) => score));
    this.isOpen &&= this.finished.some(({ isTaken }) => hoped > (isTaken ? worst : out));
  }
}

function less<B extends Beam>(beam: B, amount: number): B {
  return { ...beam, score: Math.fround(beam.score + amount) };
}

/** The best of some beams; of equal ones the first. */
function best<B extends Beam>(beams: readonly B[], count: number): B[] {
  return [...beams].sort((a, b) => b.score - a.score || 0).slice(0, count);
}
