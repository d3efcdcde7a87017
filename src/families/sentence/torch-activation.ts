import { ConfigError } from "../../errors/errors.ts";
import type { Activation } from "../../tensor/attributes.ts";

const activations: Readonly<Record<string, Activation>> = {
  GELU: "gelu",
  Hardswish: "hardswish",
  Identity: "linear",
  LeakyReLU: "leaky_relu",
  Mish: "mish",
  ReLU: "relu",
  ReLU6: "relu6",
  SiLU: "silu",
  Sigmoid: "sigmoid",
  Tanh: "tanh",
};

/** A class of PyTorch, "torch.nn.modules.activation.Tanh", as heed's activation. Throws ConfigError for another class. */
export function torchActivation(path: unknown, place: string): Activation {
  const name = typeof path === "string" && /^torch\.nn\.(?:.+\.)?(\w+)$/.exec(path)?.[1];
  if (name && Object.hasOwn(activations, name)) return activations[name]!;
  throw new ConfigError(
    `${place} names the activation ${JSON.stringify(path)}; of torch.nn heed has ${Object.keys(activations).join(", ")}`,
  );
}
