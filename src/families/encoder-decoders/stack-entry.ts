import type { LazyTensor } from "../../tensor/lazy-tensor.ts";
import { add, scale } from "../../tensor/operations.ts";
import type { Program } from "../../tensor/program.ts";
import type { Parameters } from "../parameters.ts";
import { norm, takeNorm } from "../parts/norm.ts";
import { countedPlaces, learnedPlaces, type Places, sinusoidalPlaces } from "./stack-positions.ts";
import type { StackRows } from "./stacks.ts";

/** How words enter the first layer of one of BART's stacks. */
interface Entry {
  readonly positions: "learned" | "sinusoidal" | "counted";
  /** Whether what enters is normed. */
  readonly normsEmbeddings: boolean;
  readonly epsilon: number;
}

interface EntryConfig {
  readonly d_model: number;
  readonly max_position_embeddings: number;
  readonly scale_embedding: boolean;
  readonly pad_token_id: number | null;
}

/** What becomes of the words' vectors before layer 0, (B, T, C): scaled, with their places, normed; `from` is the stack's. */
export function stackEntry(
  { positions, normsEmbeddings, epsilon }: Entry,
  config: EntryConfig,
  from: Parameters,
): (found: LazyTensor, rows: StackRows, program: Program) => LazyTensor {
  const { d_model: C } = config;
  const places = placesOf(positions, config, from);
  const own = normsEmbeddings
    ? takeNorm(from, "layernorm_embedding", C, "embeddings.norm", { kind: "layer", epsilon })
    : undefined;
  const factor = config.scale_embedding ? Math.sqrt(C) : 1;
  return (found, rows, program) => {
    const placed = add(factor === 1 ? found : scale(found, factor), places(rows, program));
    return own ? norm(placed, own) : placed;
  };
}

function placesOf(kind: Entry["positions"], config: EntryConfig, from: Parameters): Places {
  const table = { from, positions: config.max_position_embeddings, width: config.d_model };
  if (kind === "learned") return learnedPlaces(table);
  if (kind === "sinusoidal") return sinusoidalPlaces(table);
  // Files of the first version hold what is counted anew.
  from.ignore(/^(model\.)?(encoder|decoder)\.embed_positions\.weights?$/);
  return countedPlaces(config.d_model, config.pad_token_id!);
}
