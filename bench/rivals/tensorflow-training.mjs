// A training step of a small GPT-2 in TensorFlow.js, on its WebAssembly backend; the shape and the numbers are given.
import { createRequire } from "node:module";

const require = createRequire(import.meta.url);
const tf = require("@tensorflow/tfjs");
require("@tensorflow/tfjs-backend-wasm");

/** A function that carries out one step, and gives the loss; with `of` the gradient of that weight too. */
export async function open(weights, { ids, targets }, shape, adam) {
  await tf.setBackend("wasm");
  await tf.ready();
  const { layers, heads, width: C, vocabulary: V, tokens: T, texts: B, epsilon, rate } = shape;
  const D = C / heads;
  const variables = {};
  const means = {};
  for (const [name, { shape, data }] of Object.entries(weights)) {
    variables[name] = tf.variable(tf.tensor(data, shape), true, name);
    means[name] = [tf.variable(tf.zeros(shape)), tf.variable(tf.zeros(shape))];
  }
  const w = (name) => variables[name];
  const rows = tf.tensor1d(ids, "int32");
  const places = tf.tensor2d(ids, [B * T, 1], "int32");
  const right = tf.oneHot(tf.tensor1d(targets, "int32"), V).cast("float32");
  const seen = Float32Array.from({ length: T * T }, (_, n) =>
    n % T > Math.floor(n / T) ? -1e9 : 0,
  );
  const mask = tf.tensor4d(seen, [1, 1, T, T]);
  // The backend has no kernel for the gradient that gather has of itself.
  const embed = tf.customGrad((table) => ({
    value: tf.gather(table, rows),
    gradFunc: (gradient) => tf.scatterND(places, gradient, [V, C]),
  }));
  const linear = (x, name) =>
    tf.add(tf.matMul(x, w(`${name}.weight`), false, true), w(`${name}.bias`));
  const norm = (x, name) => {
    const centred = tf.sub(x, tf.mean(x, -1, true));
    const spread = tf.sqrt(tf.add(tf.mean(tf.mul(centred, centred), -1, true), epsilon));
    return tf.add(tf.mul(tf.div(centred, spread), w(`${name}.weight`)), w(`${name}.bias`));
  };
  const gelu = (x) => {
    const inner = tf.mul(
      tf.add(x, tf.mul(tf.mul(tf.mul(x, x), x), 0.044715)),
      Math.sqrt(2 / Math.PI),
    );
    return tf.mul(tf.mul(x, 0.5), tf.add(tf.tanh(inner), 1));
  };
  const split = (x) => tf.transpose(tf.reshape(x, [B, T, heads, D]), [0, 2, 1, 3]);
  const loss = () => {
    let x = tf.add(tf.reshape(embed(w("words")), [B, T, C]), w("positions"));
    x = tf.reshape(x, [B * T, C]);
    for (let layer = 0; layer < layers; layer++) {
      const own = (name) => `layers.${layer}.${name}`;
      const normal = norm(x, own("norm1"));
      const [q, k, v] = ["q", "k", "v"].map((part) => split(linear(normal, own(part))));
      const scores = tf.add(tf.mul(tf.matMul(q, k, false, true), D ** -0.5), mask);
      const mixed = tf.transpose(tf.matMul(tf.softmax(scores), v), [0, 2, 1, 3]);
      x = tf.add(x, linear(tf.reshape(mixed, [B * T, C]), own("out")));
      x = tf.add(x, linear(gelu(linear(norm(x, own("norm2")), own("up"))), own("down")));
    }
    const logits = tf.matMul(norm(x, "final"), w("words"), false, true);
    const most = tf.max(logits, -1, true);
    const sums = tf.add(tf.log(tf.sum(tf.exp(tf.sub(logits, most)), -1)), tf.squeeze(most, [-1]));
    return tf.mean(tf.sub(sums, tf.sum(tf.mul(logits, right), -1)));
  };
  let steps = 0;
  return async (of) => {
    steps += 1;
    const corrections = [1 / (1 - adam.beta1 ** steps), 1 / (1 - adam.beta2 ** steps)];
    const { value, grads } = tf.variableGrads(loss);
    const gradient = of && (await grads[of].data()).slice();
    tf.tidy(() => {
      for (const [name, gradient] of Object.entries(grads)) {
        const [first, second] = means[name];
        first.assign(tf.add(tf.mul(first, adam.beta1), tf.mul(gradient, 1 - adam.beta1)));
        const square = tf.mul(tf.mul(gradient, gradient), 1 - adam.beta2);
        second.assign(tf.add(tf.mul(second, adam.beta2), square));
        const root = tf.add(tf.sqrt(tf.mul(second, corrections[1])), adam.epsilon);
        const change = tf.div(tf.mul(first, rate * corrections[0]), root);
        const kept = tf.mul(variables[name], 1 - rate * adam.weightDecay);
        variables[name].assign(tf.sub(kept, change));
      }
    });
    const [number] = await value.data();
    tf.dispose([value, grads]);
    return { loss: number, gradient };
  };
}
