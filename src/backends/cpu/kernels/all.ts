import { attention } from "./attention.ts";
import { attentionGradient } from "./attention-gradient.ts";
import { attentionOfFew, maskRows } from "./attention-of-few.ts";
import { bandedAttention } from "./banded-attention.ts";
import { activationGradient } from "./derivatives.ts";
import { activate, addRows, addSingles, multiplyRows, multiplySingles } from "./elementwise.ts";
import { embedGradient, layerNormGradient, rmsNormGradient, softmaxGradient } from "./gradients.ts";
import { findOdd, narrow, packHalves, widen } from "./halves.ts";
import { copyRows, embedPacked, embedRows, packColumns, packTransposed } from "./layout.ts";
import { crossEntropyGradient, logSumExp } from "./losses.ts";
import { measurePeak, measureRead } from "./measure.ts";
import { adamStep } from "./optimizer.ts";
import { meanPool, unit } from "./pooling.ts";
import { matmul } from "./products/matmul.ts";
import { matmulTurned } from "./products/row-products.ts";
import { rotary } from "./rotary.ts";
import { layerNorm, normalizeRows, rmsNorm, softmaxRows } from "./rows.ts";
import { runList } from "./run-list.ts";
import { squareSums, sumColumns, sumRows } from "./sums.ts";
import { transpose } from "./transpose.ts";

/** Every kernel, in the order of the WebAssembly table. */
export const sources = {
  runList,
  matmul: matmul("matmul", "f32"),
  matmulTurned,
  matmulF16: matmul("matmulF16", "f16"),
  matmulBf16: matmul("matmulBf16", "bf16"),
  attention,
  attentionOfFew,
  attentionGradient,
  bandedAttention,
  maskRows,
  softmaxRows,
  normalizeRows,
  layerNorm,
  rmsNorm,
  addRows,
  multiplyRows,
  addSingles,
  multiplySingles,
  activate,
  copyRows,
  embedRows: embedRows("embedRows", "f32"),
  embedRowsF16: embedRows("embedRowsF16", "f16"),
  embedRowsBf16: embedRows("embedRowsBf16", "bf16"),
  embedPacked: embedPacked("embedPacked", "f32"),
  embedPackedF16: embedPacked("embedPackedF16", "f16"),
  embedPackedBf16: embedPacked("embedPackedBf16", "bf16"),
  packTransposed,
  packColumns,
  packHalves,
  widenF16: widen("widenF16", "f16"),
  widenBf16: widen("widenBf16", "bf16"),
  narrowF16: narrow("narrowF16", "f16"),
  narrowBf16: narrow("narrowBf16", "bf16"),
  findOddF16: findOdd("findOddF16", "f16"),
  findOddBf16: findOdd("findOddBf16", "bf16"),
  rotary,
  transpose,
  sumRows,
  sumColumns,
  squareSums,
  meanPool,
  unit,
  activationGradient,
  softmaxGradient,
  layerNormGradient,
  rmsNormGradient,
  embedGradient,
  logSumExp,
  crossEntropyGradient,
  adamStep,
  measurePeak,
  measureRead,
} as const;
