import { folderSource } from "../../src/checkpoint/folder.node.ts";
import { openCheckpoint } from "../../src/checkpoint/open.ts";
import * as formula from "../conformance/formulas.ts";
import { type Grid, get, tabulate, total, upTo } from "../conformance/grid.ts";

/** Every site of a forward pass by name, in double precision. */
export type HandSites = ReadonlyMap<string, Grid>;

/** May replace the numbers of a site; what follows is computed from the result. */
export type Change = (site: string, value: Grid) => Grid;

export interface HandInput {
  readonly ids: readonly (readonly number[])[];
  readonly mask?: readonly (readonly number[])[];
  readonly types?: readonly (readonly number[])[];
  readonly positions?: readonly (readonly number[])[];
}

/** A forward pass written out in plain loops, from the tensors of a checkpoint: nothing of heed's engine is in it. */
export interface HandModel {
  run(input: HandInput, change?: Change): HandSites;
}

type Tensors = (name: string) => Grid;
type Config = Readonly<Record<string, number | string | boolean | readonly string[]>>;

/** Opens a BERT or GPT-2 checkpoint under the names that transformers writes. */
export async function openByHand(folder: string): Promise<HandModel> {
  const checkpoint = await openCheckpoint(folderSource(folder));
  const grids = new Map<string, Grid>();
  for (const [name, { shape, type }] of checkpoint.tensors)
    if (type.includes("F")) grids.set(name, { shape, data: [...(await checkpoint.read(name))] });
  await checkpoint.close();
  const config = checkpoint.config as Config;
  const prefix = config.model_type === "bert" ? "bert." : "transformer.";
  const tensors = (name: string) => {
    const grid = grids.get(prefix + name) ?? grids.get(name);
    if (!grid) throw new Error(`${folder} holds no ${name}`);
    return grid;
  };
  const has = (name: string) => grids.has(prefix + name) || grids.has(name);
  return {
    run(input, change = (_, value) => value) {
      const sites = new Map<string, Grid>();
      const site = (name: string, value: Grid) => {
        const changed = change(name, value);
        sites.set(name, changed);
        return changed;
      };
      if (config.model_type === "bert") bert(tensors, has, config, input, site);
      else gpt2(tensors, config, input, site);
      return sites;
    },
  };
}

type Site = (name: string, value: Grid) => Grid;

const plus = (a: Grid, b: Grid) => formula.broadcast(a, b, (x, y) => x + y);

/** BERT: norms after each residual; every token sees every real one. */
function bert(
  tensors: Tensors,
  has: (name: string) => boolean,
  config: Config,
  { ids, mask, types, positions }: HandInput,
  site: Site,
): void {
  const [B, T] = [ids.length, ids[0]!.length];
  const epsilon = config.layer_norm_eps as number;
  const activation = config.hidden_act as "gelu";
  const norm = (name: string, x: Grid) =>
    formula.layerNorm(x, tensors(`${name}.weight`), tensors(`${name}.bias`), epsilon);
  const dense = (name: string, x: Grid) =>
    formula.linear(x, tensors(`${name}.weight`), tensors(`${name}.bias`));
  const words = tensors("embeddings.word_embeddings.weight");
  const width = words.shape[1]!;
  const summed = tabulate([B, T, width], (b, t, c) => {
    const word = get(words, ids[b!]![t!]!, c!);
    const kind = get(
      tensors("embeddings.token_type_embeddings.weight"),
      types?.[b!]?.[t!] ?? 0,
      c!,
    );
    const place = positions?.[b!]?.[t!] ?? t!;
    return word + kind + get(tensors("embeddings.position_embeddings.weight"), place, c!);
  });
  let x = site("embeddings", norm("embeddings.LayerNorm", summed));
  for (const layer of upTo(config.num_hidden_layers as number)) {
    const from = `encoder.layer.${layer}.`;
    const at = (name: string, value: Grid) => site(`layers.${layer}.${name}`, value);
    x = at("input", x);
    const attended = attention({
      maps: {
        q: dense(`${from}attention.self.query`, x),
        k: dense(`${from}attention.self.key`, x),
        v: dense(`${from}attention.self.value`, x),
      },
      out: tensors(`${from}attention.output.dense.weight`),
      bias: tensors(`${from}attention.output.dense.bias`),
      heads: config.num_attention_heads as number,
      sees: (b, _, j) => mask?.[b]?.[j] !== 0,
      at,
    });
    const middle = at("middle", norm(`${from}attention.output.LayerNorm`, plus(attended, x)));
    const wide = formula.activate(dense(`${from}intermediate.dense`, middle), activation);
    const mlp = at("mlp", dense(`${from}output.dense`, wide));
    x = at("residual", norm(`${from}output.LayerNorm`, plus(mlp, middle)));
  }
  const final = site("final", x);
  if (has("pooler.dense.weight")) {
    const first = tabulate([B, width], (b, c) => get(final, b!, 0, c!));
    site("pooled", formula.activate(dense("pooler.dense", first), "tanh"));
  }
  if (!has("cls.predictions.bias")) return;
  const hidden = formula.activate(dense("cls.predictions.transform.dense", final), activation);
  const normed = norm("cls.predictions.transform.LayerNorm", hidden);
  site("logits", formula.linear(normed, words, tensors("cls.predictions.bias")));
}

/** GPT-2: norms before each part; a token sees itself and what came before. */
function gpt2(
  tensors: Tensors,
  config: Config,
  { ids, mask, positions }: HandInput,
  site: Site,
): void {
  const [B, T] = [ids.length, ids[0]!.length];
  const norm = (name: string, x: Grid) =>
    formula.layerNorm(
      x,
      tensors(`${name}.weight`),
      tensors(`${name}.bias`),
      config.layer_norm_epsilon as number,
    );
  // Stored with the inputs first: W (in, out).
  const dense = (name: string, x: Grid) => {
    const weight = formula.permute(tensors(`${name}.weight`), [1, 0]);
    return formula.linear(x, weight, tensors(`${name}.bias`));
  };
  const words = tensors("wte.weight");
  const width = words.shape[1]!;
  let x = site(
    "embeddings",
    tabulate([B, T, width], (b, t, c) => {
      const place = positions?.[b!]?.[t!] ?? t!;
      return get(words, ids[b!]![t!]!, c!) + get(tensors("wpe.weight"), place, c!);
    }),
  );
  for (const layer of upTo(config.n_layer as number)) {
    const from = `h.${layer}.`;
    const at = (name: string, value: Grid) => site(`layers.${layer}.${name}`, value);
    x = at("input", x);
    const normed = at("normed", norm(`${from}ln_1`, x));
    const all = dense(`${from}attn.c_attn`, normed);
    const third = (n: number) =>
      tabulate([B, T, width], (b, t, c) => get(all, b!, t!, n * width + c!));
    const attended = attention({
      maps: { q: third(0), k: third(1), v: third(2) },
      out: formula.permute(tensors(`${from}attn.c_proj.weight`), [1, 0]),
      bias: tensors(`${from}attn.c_proj.bias`),
      heads: config.n_head as number,
      sees: (b, i, j) => j <= i && mask?.[b]?.[j] !== 0,
      at,
    });
    const middle = at("middle", plus(x, attended));
    const wide = formula.activate(
      dense(`${from}mlp.c_fc`, norm(`${from}ln_2`, middle)),
      "gelu_new",
    );
    const mlp = at("mlp", dense(`${from}mlp.c_proj`, wide));
    x = at("residual", plus(middle, mlp));
  }
  const final = site("final", norm("ln_f", x));
  site("logits", formula.linear(final, words));
}

/** From q, k and v (B, T, C) to what the heads give together (B, T, C). */
function attention({
  maps,
  out,
  bias,
  heads: H,
  sees,
  at,
}: {
  maps: { q: Grid; k: Grid; v: Grid };
  /** (C, H·D) */
  out: Grid;
  bias: Grid;
  heads: number;
  sees: (text: number, query: number, key: number) => boolean;
  at: Site;
}): Grid {
  const q = at("q", formula.splitHeads(maps.q, H));
  const k = at("k", formula.splitHeads(maps.k, H));
  const v = at("v", formula.splitHeads(maps.v, H));
  const D = q.shape[3]!;
  const content = at("scores.content", formula.scaledDot(q, k, 1 / Math.sqrt(D)));
  const scores = at(
    "scores",
    tabulate(content.shape, (b, h, i, j) =>
      sees(b!, i!, j!) ? get(content, b!, h!, i!, j!) : -Infinity,
    ),
  );
  const weights = at("weights", formula.softmax(scores));
  const mixed = at("mixed", formula.mix(weights, v));
  const heads = at("heads", formula.headShares(mixed, out));
  const summed = tabulate(maps.q.shape, (b, t, c) => total(H, (h) => get(heads, b!, h, t!, c!)));
  return at("attended", plus(summed, bias));
}
