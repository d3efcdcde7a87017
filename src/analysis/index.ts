/**
 * Traces in, numbers out.
 * @module heed/analysis
 */

export { allHeads, type CountedHeads } from "../probe/head-address.ts";
export type { Noun } from "../probe/noun.ts";
export * from "./circuits/circuit.ts";
export {
  type Composition,
  type Compositions,
  composition,
  compositions,
} from "./circuits/composition.ts";
export {
  type EmbeddingPart,
  type EmbeddingParts,
  embeddingParts,
} from "./circuits/embedding-parts.ts";
export { type HeadMaps, headMaps } from "./circuits/head-maps.ts";
export {
  type Source,
  type StreamPart,
  type StreamParts,
  type StreamPoint,
  type StreamStack,
  streamParts,
  streamReads,
} from "./circuits/stream-parts.ts";
export * from "./circuits/stream-steps.ts";
export type { RankedToken, TokenEnds } from "./circuits/vocabulary.ts";
export { explain, explainReads } from "./explain/explain.ts";
export type { ExplainQuestion, StackPrefix } from "./explain/question.ts";
export * from "./explain/step.ts";
export {
  type AttentionGradientOptions,
  type AttentionGradients,
  attentionTimesGradient,
} from "./gradients/attention-times-gradient.ts";
export {
  type AttributionPatchingOptions,
  attributionPatching,
  type PredictedGrid,
  type PredictionAgreement,
  predictedChanges,
  predictionAgreement,
} from "./gradients/attribution-patching.ts";
export { type Baseline, baselines } from "./gradients/baseline.ts";
export type {
  GradientOptions,
  InputAttribution,
  TokenValues,
} from "./gradients/gradient-run.ts";
export * from "./gradients/head-importance.ts";
export { inputTimesGradient } from "./gradients/input-times-gradient.ts";
export {
  type IntegratedGradients,
  type IntegratedGradientsOptions,
  integratedGradients,
} from "./gradients/integrated-gradients.ts";
export { type QuadratureRule, quadratureRules } from "./gradients/quadrature.ts";
export { type Relevance, type RelevanceOptions, relevance } from "./gradients/relevance.ts";
export { type SaliencyOptions, saliency, saliencyNorms } from "./gradients/saliency.ts";
export * from "./heads/agreement.ts";
export * from "./heads/detect.ts";
export * from "./heads/families.ts";
export * from "./heads/names.ts";
export * from "./heads/patterns.ts";
export * from "./heads/random-repeats.ts";
export * from "./heads/scaling.ts";
export * from "./heads/similarity.ts";
export { type AlignedWord, type Alignment, alignWords } from "./interventions/align-words.ts";
export { defaultMetrics, type MetricChoice } from "./interventions/default-metrics.ts";
export {
  type Effect,
  type EffectOptions,
  effectOf,
  type MetricEffect,
  type Spread,
  type StationEffect,
} from "./interventions/effect.ts";
export {
  checkExperiment,
  type ExperimentFile,
  experimentJson,
  experimentVersion,
  type MatterPlan,
  type ModelReference,
  parseExperiment,
} from "./interventions/experiment.ts";
export {
  type Grid,
  type GridCell,
  type GridMetric,
  type GridOptions,
  type GridPlan,
  type GridWord,
  gridCells,
  openGrid,
} from "./interventions/grid.ts";
export * from "./interventions/intervention.ts";
export type { Link } from "./interventions/links.ts";
export {
  type ClassMetric,
  type DivergenceMetric,
  type FunctionMetric,
  type Metric,
  type MetricForm,
  metricReads,
  metricValue,
  type ResolvedMetric,
  resolveMetric,
  type SentenceMetric,
  type TokenMetric,
  type VectorStack,
  type WordMetric,
} from "./interventions/metric.ts";
export type { TokenName } from "./interventions/names.ts";
export type { Outcome, OutcomeChoice } from "./interventions/outcome.ts";
export { patchesOf } from "./interventions/patches-of.ts";
export type { FinishedRuns, NumbersOptions } from "./interventions/row-numbers.ts";
export {
  type ExperimentOptions,
  type ExperimentResult,
  type RunnableExperiment,
  runExperiment,
} from "./interventions/run-experiment.ts";
export {
  type RowRead,
  type RowsOptions,
  type RowTrace,
  runRows,
} from "./interventions/run-rows.ts";
export { type ExperimentModel, Subject, type SubjectOptions } from "./interventions/subject.ts";
export {
  type AttentionMaps,
  attentionMaps,
  type MapsOptions,
  type Stack,
  weightSites,
} from "./layers/attention-maps.ts";
export * from "./layers/class-shares.ts";
export * from "./layers/confidence.ts";
export * from "./layers/distance.ts";
export * from "./layers/drawn.ts";
export * from "./layers/entropy.ts";
export * from "./layers/flow.ts";
export {
  type HeadMeasure,
  type MeasureOverTexts,
  type MeasuresOfTexts,
  overTexts,
  type QueryOptions,
} from "./layers/head-measure.ts";
export * from "./layers/max-flow.ts";
export {
  type Fusion,
  patchRelevance,
  type Rollout,
  type RolloutOptions,
  type RolloutVariant,
  rollout,
  rolloutVariants,
} from "./layers/rollout.ts";
export * from "./layers/sentence-shares.ts";
export * from "./layers/word-maps.ts";
export { type NormMap, type NormNumbers, normMap } from "./linear/norm-map.ts";
export {
  type ProductSingular,
  productSingular,
  type Singular,
  singular,
} from "./linear/singular.ts";
export { linkNorms } from "./matter/link-norms.ts";
export {
  type Correlation,
  type Matter,
  type MatterOptions,
  type MatterRow,
  matterOf,
} from "./matter/matter.ts";
export {
  type HeadOverTexts,
  type MatterOverTexts,
  matterOverTexts,
  type Prediction,
  predictedBy,
} from "./matter/over-texts.ts";
export {
  type MatterExperiment,
  type MatterResult,
  type RunMatterOptions,
  runMatter,
} from "./matter/run-matter.ts";
export * from "./models/model-comparison.ts";
export { comparisonSteps, weightSteps } from "./models/model-steps.ts";
export { type SharedWords, sharedWordsOf } from "./models/shared-words.ts";
export * from "./models/weight-changes.ts";
export * from "./output/attribution.ts";
export * from "./output/head-lens.ts";
export type { AttributedModel } from "./output/linear-readout.ts";
export * from "./output/logit-lens.ts";
export * from "./output/predictions.ts";
export * from "./output/value-norms.ts";
export * from "./output/value-zeroing.ts";
export * from "./pictures/patch-focus.ts";
export { type BootstrapOptions, bootstrapInterval, type Interval } from "./statistics/bootstrap.ts";
export { qValues } from "./statistics/false-discovery.ts";
export { spearman } from "./statistics/rank-correlation.ts";
export { signFlipTest } from "./statistics/sign-flips.ts";
export * from "./words/compare.ts";
export * from "./words/focus.ts";
export * from "./words/word-weights.ts";
