export type { AudioInput } from "./audio/audio.ts";
export type { StoredType } from "./checkpoint/checkpoint.ts";
export type { CarriedFile, CarriedModel } from "./checkpoint/given/carried.ts";
export type {
  Chosen,
  ChosenDirectoryHandle,
  ChosenFile,
  ChosenFileHandle,
  ChosenFiles,
  Drop,
  DroppedEntry,
  DroppedItem,
  ReadableBytes,
} from "./checkpoint/given/chosen.ts";
export type { ModelSource, SourceOptions } from "./checkpoint/given/model-source.ts";
export type { CacheMode } from "./checkpoint/kept-source.ts";
export type { KeptEntry } from "./checkpoint/remote/kept.ts";
export type { FileSource } from "./checkpoint/source.ts";
export type { RecordedTrace, TraceTensor } from "./checkpoint/trace-file.ts";
export * from "./errors/errors.ts";
export type { RawConfig } from "./families/config.ts";
export { modelTypes } from "./families/families.ts";
export type {
  AudioReader,
  Dimensions,
  ImageReader,
  LayerDimensions,
  Norm,
  Scoring,
  Task,
  Turning,
} from "./families/family.ts";
export type { Inputs, PatchGrid } from "./families/inputs.ts";
export type { Parameter } from "./families/parameters.ts";
export type { RowBlocks } from "./families/stored-matrix.ts";
export type { MatrixLayout } from "./families/stored-source.ts";
export type { ImageInput } from "./images/image.ts";
export type { ImageBackend } from "./images/resample.ts";
export type { Model, ModelRunOptions } from "./model.ts";
export type { ChatTemplates } from "./models/chat-templates.ts";
export type {
  DifferentiableForm,
  DifferentiableMetric,
  SimilarityMetric,
} from "./models/differentiable-metric.ts";
export type { GradientRequest } from "./models/gradients.ts";
export type { HeadMatrix } from "./models/head-matrix.ts";
export { headMatrix } from "./models/head-matrix.ts";
export type { Rows, RunInput, TensorInput, TextInput } from "./models/inputs.ts";
export type { LoadOptions, LoadProgress } from "./models/load.ts";
export type { RunOptions } from "./models/loaded-model.ts";
export type { ModelSite } from "./models/reached-sites.ts";
export type { LogitsOptions, ReadoutParameters } from "./models/readout.ts";
export type { ModelIdentity, PlainRun, RunOutput, RunRecord } from "./models/run.ts";
export { Run } from "./models/run.ts";
export type { GenerationPatch, GenerationRead, Timing } from "./probe/generation-plan.ts";
export type { HeadAddress } from "./probe/head-address.ts";
export { formatHead, parseHead } from "./probe/head-address.ts";
export type { Compact, Kept } from "./probe/kept.ts";
export type { KeptRows } from "./probe/kept-rows.ts";
export type {
  Action,
  AddPatch,
  ChangePatch,
  CutPatch,
  FromPatch,
  Numbers,
  Part,
  Patch,
  PatchedPart,
  PatchList,
  ScalePatch,
  SetPatch,
  SourceTrace,
  ZeroPatch,
} from "./probe/patch.ts";
export type { Read, ReadPart } from "./probe/plan.ts";
export type { Rounded } from "./probe/rounded.ts";
export type { Axis, SiteKind } from "./probe/sites.ts";
export { siteKinds } from "./probe/sites.ts";
export type { Banded, BandLayout } from "./probe/sparse/banded.ts";
export type { BlockLayout, Blocks } from "./probe/sparse/blocks.ts";
export type { LayerTokens, TowerTokens, WeightStack } from "./probe/text-tokens.ts";
export type { PlainTrace, TraceEntry } from "./probe/trace.ts";
export { Trace } from "./probe/trace.ts";
export {
  type CacheTrace,
  type LeftOutOfCache,
  readTransformerLensCache,
  transformerLensName,
} from "./probe/transformer-lens.ts";
export type { TextToken, Which, Word } from "./probe/words.ts";
export { wordsOf } from "./probe/words.ts";
export type { Answer, AnswerOptions, Answers, Question } from "./tasks/answer.ts";
export type { ChatMessage, ChatOptions, ChatPrompt, ChatPromptOptions } from "./tasks/chat.ts";
export type { Classification, ClassifyInput, ClassifyOptions } from "./tasks/classify.ts";
export type {
  ClassifyTokensOptions,
  TokenClassification,
  TokenScores,
} from "./tasks/classify-tokens.ts";
export type { TaskOptions } from "./tasks/encoded-rows.ts";
export type { Aggregation, Entity } from "./tasks/entities.ts";
export type { Filled, FilledMask, Filling, FillOptions } from "./tasks/fill.ts";
export type { GenerateOptions } from "./tasks/generate.ts";
export type { Ended, GeneratedRow, Generation, TokenEvent } from "./tasks/generation.ts";
export type { ScoreInput, ScoreOptions, TextScore, TokenScore } from "./tasks/score.ts";
export type { LabelScore, ScoreFunction } from "./tasks/scores.ts";
export type { Embeddings, EmbedOptions, SparseTerm } from "./tasks/sentences/embed.ts";
export type { PairScores, ScorePairsOptions, TextPair } from "./tasks/sentences/score-pairs.ts";
export type { SimilarityName } from "./tasks/sentences/similarity.ts";
export type {
  TranscribedSegment,
  TranscribeOptions,
  Transcription,
} from "./tasks/transcribe.ts";
export type { SpokenWord } from "./tasks/transcribing/spoken-words.ts";
export type { SiteDifference } from "./tasks/verify.ts";
export { verifyTrace } from "./tasks/verify.ts";
export type {
  BeamOptions,
  LengthOptions,
  ProcessorOptions,
  SamplingOptions,
  WritingOptions,
} from "./tasks/writing/options.ts";
export type { WritingSettings } from "./tasks/writing/settings.ts";
export type { ZeroShot, ZeroShotOptions } from "./tasks/zero-shot.ts";
export {
  type ImageTextSimilarity,
  imageTextSimilarity,
  type ZeroShotImages,
  type ZeroShotImagesOptions,
  zeroShotImages,
} from "./tasks/zero-shot-images.ts";
export type { Activation } from "./tensor/attributes.ts";
export type { MimeBundle } from "./tensor/display.ts";
export type { Progress } from "./tensor/execute.ts";
export { buffersOf, type PlainTensor } from "./tensor/plain.ts";
export type { Selection } from "./tensor/selection.ts";
export type { Shape } from "./tensor/shape.ts";
export type { AxisSelection, Nested, ReduceOptions, TopK } from "./tensor/tensor.ts";
export { Tensor } from "./tensor/tensor.ts";
export type { SpecialToken, SpecialTokenRole, SpecialTokens } from "./tokens/special-tokens.ts";
export type {
  BatchEncoding,
  BatchInput,
  BatchOptions,
  EncodeOptions,
  Encoding,
  PaddedRows,
  PadOptions,
  StepwiseOptions,
  Token,
  Tokenizer,
  Truncation,
} from "./tokens/tokenizer.ts";
export { createTokenizer } from "./tokens/tokenizer.ts";
export type { TokenizerFiles } from "./tokens/tokenizer-files.ts";
export type { Trainer, TrainerOptions } from "./training/trainer.ts";
