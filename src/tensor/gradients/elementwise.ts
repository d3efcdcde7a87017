import { multiply, scale as scaled } from "../operations.ts";
import { activationGradient } from "./operations.ts";
import { summedTo, type Vjp } from "./vjp.ts";

export const add: Vjp<"add"> = ({ shapes, needs }, gradient) =>
  shapes.map((shape, input) => (needs(input) ? summedTo(gradient, shape) : undefined));

export const multiplied: Vjp<"multiply"> = ({ shapes, needs, input }, gradient) =>
  shapes.map((shape, own) =>
    needs(own) ? summedTo(multiply(gradient, input(1 - own)), shape) : undefined,
  );

export const scale: Vjp<"scale"> = ({ attributes }, gradient) => [
  scaled(gradient, attributes.factor),
];

export const activate: Vjp<"activate"> = ({ attributes, input }, gradient) => [
  activationGradient(input(0), gradient, attributes.activation),
];
