// Prints what a comparison with recorded numbers says when it passes, when it fails, and when there is nothing to read; invented cases.
import { type VerifiedCase, verifyText } from "../src/views/text/verify.ts";
import { show } from "./data/show.ts";

/** Invented cases: one passes, one fails, one cannot be read. */
export function verifiedCases(): VerifiedCase[] {
  const weights = { at: [0, 11, 8, 2], expected: 0.71174, allowed: 1e-4 };
  return [
    {
      name: "all-MiniLM-L6-v2",
      sites: [
        { site: "layers.5.weights", ...weights, difference: 2.1e-7, got: 0.7117398, passed: true },
        {
          site: "layers.5.mlp",
          at: [0, 3, 117],
          expected: 193.812,
          allowed: 0.0194,
          difference: 4.6e-5,
          got: 193.81205,
          passed: true,
        },
      ],
    },
    {
      name: "broken",
      sites: [
        { site: "layers.5.weights", ...weights, difference: 0.2001, got: 0.5116, passed: false },
        {
          site: "pooled",
          at: [],
          expected: Number.NaN,
          allowed: 1e-4,
          difference: Number.NaN,
          got: Number.NaN,
          passed: false,
          reason: "the trace has (2, 384), this model gave (1, 384)",
        },
      ],
    },
    { name: "missing", sites: [], error: "no trace.safetensors in the folder" },
  ];
}

/** The report in a terminal of 100 columns without colour. */
export function picture(): string {
  return verifyText(verifiedCases(), { width: 100, color: 0, unicode: true });
}

show(import.meta.url, picture);
