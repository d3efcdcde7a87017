import { reference } from "../../src/backends/reference/reference.ts";
import { describeBackend } from "./operations.ts";

describeBackend("reference", reference, {
  tolerance: 1e-6,
  skip: {
    attention:
      "the reference has no fused kernel: scaledDot, masked, softmax and mix are its steps",
  },
});
