// A training step of a small GPT-2 in jax-js, compiled, on its WebAssembly backend; the shape and the numbers are given.
import { createRequire } from "node:module";

const require = createRequire(import.meta.url);
const { defaultDevice, init, jit, nn, numpy: np, tree, valueAndGrad } = require("@jax-js/jax");

/** A function that carries out one step, and gives the loss; with `of` the gradient of that weight too. */
export async function open(weights, { ids, targets }, shape, adam) {
  await init("wasm");
  defaultDevice("wasm");
  const { layers, heads, width: C, vocabulary: V, tokens: T, texts: B, epsilon, rate } = shape;
  const D = C / heads;
  const tensor = ({ shape, data }) => np.array(data).reshape([...shape]);
  const all = (make) =>
    Object.fromEntries(Object.entries(weights).map(([name, own]) => [name, make(own)]));
  let parameters = all(tensor);
  let first = all(({ shape }) => np.zeros([...shape]));
  let second = all(({ shape }) => np.zeros([...shape]));
  const integers = (values) => np.array(values, { dtype: np.int32 });

  // An array that is used once more is handed on as `.ref`.
  const loss = (w, rows, right) => {
    const linear = (x, name) =>
      np.matmul(x, np.transpose(w[`${name}.weight`].ref)).add(w[`${name}.bias`].ref);
    const norm = (x, name) => {
      const normal = nn.standardize(x, -1, { epsilon });
      return normal.mul(w[`${name}.weight`].ref).add(w[`${name}.bias`].ref);
    };
    // Its compiler does not take what a gather's gradient scatters: rows by a product.
    let x = np.matmul(nn.oneHot(rows, V), w.words.ref).reshape([B, T, C]).add(w.positions.ref);
    for (let layer = 0; layer < layers; layer++) {
      const own = (name) => `layers.${layer}.${name}`;
      const normal = norm(x.ref, own("norm1"));
      const [q, k, v] = ["q", "k", "v"].map((part) =>
        linear(normal.ref, own(part)).reshape([B, T, heads, D]),
      );
      normal.dispose();
      const mixed = nn.dotProductAttention(q, k, v, { isCausal: true });
      x = x.add(linear(mixed.reshape([B, T, C]), own("out")));
      const inner = nn.gelu(linear(norm(x.ref, own("norm2")), own("up")), { approximate: true });
      x = x.add(linear(inner, own("down")));
    }
    const logits = np.matmul(norm(x, "final"), np.transpose(w.words.ref)).reshape([B * T, V]);
    const value = nn
      .logSoftmax(logits, -1)
      .mul(nn.oneHot(right, V))
      .sum()
      .mul(-1 / (B * T));
    tree.dispose(w);
    return value;
  };
  const update = ({ w, m, s, g, c1, c2 }) => {
    const mean = m.mul(adam.beta1).add(g.ref.mul(1 - adam.beta1));
    const square = s.mul(adam.beta2).add(np.square(g).mul(1 - adam.beta2));
    const root = np.sqrt(square.ref.mul(c2)).add(adam.epsilon);
    const next = w.mul(1 - rate * adam.weightDecay).sub(mean.ref.mul(c1).mul(rate).div(root));
    return [next, mean, square];
  };
  const differentiate = jit((w, rows, right) => valueAndGrad(loss)(w, rows, right));
  const adamStep = jit((w, m, s, g, c1, c2) => {
    const updated = Object.keys(weights).map((name) => [
      name,
      update({ w: w[name], m: m[name], s: s[name], g: g[name], c1: c1.ref, c2: c2.ref }),
    ]);
    return [0, 1, 2].map((part) =>
      Object.fromEntries(updated.map(([name, own]) => [name, own[part]])),
    );
  });
  let steps = 0;
  return async (of) => {
    steps += 1;
    const corrections = [1 / (1 - adam.beta1 ** steps), 1 / (1 - adam.beta2 ** steps)];
    const [value, gradients] = differentiate(
      tree.ref(parameters),
      integers(ids),
      integers(targets),
    );
    const gradient = of && (await gradients[of].ref.data()).slice();
    const scalars = corrections.map((number) => np.array(number));
    [parameters, first, second] = adamStep(parameters, first, second, gradients, ...scalars);
    const [number] = await value.data();
    for (const each of Object.values(parameters)) await each.blockUntilReady();
    return { loss: number, gradient };
  };
}
