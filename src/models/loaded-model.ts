import { InputError } from "../errors/errors.ts";
import { expectFlags, expectKeys, type KeysOf } from "../errors/options.ts";
import { keepWarnings } from "../errors/warnings.ts";
import type { RawConfig } from "../families/config.ts";
import type {
  AudioReader,
  Dimensions,
  ImageReader,
  Network,
  Outputs,
  Scoring,
  Task,
  Tower,
} from "../families/family.ts";
import type { Inputs } from "../families/inputs.ts";
import type { Parameter } from "../families/parameters.ts";
import { sentence } from "../families/sentence/chain.ts";
import { expectNoOverflow, notNumbers } from "../probe/overflow.ts";
import type { PatchList } from "../probe/patch.ts";
import { type Read, RunPlan } from "../probe/plan.ts";
import { Probe } from "../probe/probe.ts";
import { parseSite, siteKinds } from "../probe/sites.ts";
import { execute, type Progress } from "../tensor/execute.ts";
import type { LazyTensor } from "../tensor/lazy-tensor.ts";
import { Program } from "../tensor/program.ts";
import type { Tensor } from "../tensor/tensor.ts";
import type { Tokenizer } from "../tokens/tokenizer.ts";
import type { ChatTemplates } from "./chat-templates.ts";
import { type GradientRequest, Gradients } from "./gradients.ts";
import { encodeLongInput } from "./inputs/long-inputs.ts";
import { prepareInput, type RunInput } from "./inputs.ts";
import { identityOf, type ModelParts } from "./model-parts.ts";
import { type ModelSite, shapesOf, sitesOf } from "./reached-sites.ts";
import { both, streamsOf } from "./resume.ts";
import { type ModelIdentity, networkOutputs, Run, type RunOutput } from "./run.ts";
import { longerThanCut, noSentenceEncoder } from "./sentences.ts";
import { unreadTowers } from "./towers/tower-inputs.ts";
import { type TowerFacts, towerFacts, towerParts } from "./towers/tower-parts.ts";

/** What a run reads, what it changes, and who is told. */
export interface RunOptions {
  /** Sites to read: names, patterns, or parts. */
  readonly read?: readonly Read[];
  /** Changes, in the order they apply; one list for all rows, or one list a row. */
  readonly patch?: PatchList;
  /** Stops the run between layers. */
  readonly signal?: AbortSignal;
  /** Told after every layer. */
  readonly onProgress?: (progress: Progress) => void;
  /** Told of warnings, such as a text that is cut, instead of `load`'s own listener; they stand in `run.warnings` too. */
  readonly onWarning?: (message: string) => void;
  /** An earlier run on the same inputs, made with `reusable`: its layers before the first patched one are not computed again. */
  readonly after?: Run;
  /** Keeps the streams entering the layers, so that a later run can come `after` this one. */
  readonly reusable?: boolean;
  /** False: the output is not computed for its own sake, only what is read. */
  readonly output?: boolean;
  /** Gradients of one number of the output: they stand in the trace as "layers.3.weights.gradient", the number in `run.metric`. */
  readonly gradient?: GradientRequest;
}

export const runOptions: KeysOf<RunOptions> = {
  read: true,
  patch: true,
  signal: true,
  onProgress: true,
  onWarning: true,
  after: true,
  reusable: true,
  output: true,
  gradient: true,
};

/** A checkpoint, ready to run: its sites, its learned tensors, its forward pass. The tasks are added in src/model.ts. */
export class LoadedModel {
  /** What it was loaded from. */
  readonly label: string;
  /** The commit of a hub's repository that it was loaded from, where that is known. */
  readonly commit: string | undefined;
  /** Its family: config.json's model_type. */
  readonly type: string;
  readonly config: RawConfig;
  /** generation_config.json, as read: how its makers sample. `generate` takes from it what its options leave open. */
  readonly generationConfig: RawConfig;
  /** Whether it can write texts. */
  readonly generates: boolean;
  readonly tokenizer: Tokenizer | undefined;
  /** How it reads the messages of a chat; undefined where its files do not say. */
  readonly chatTemplates: ChatTemplates | undefined;
  readonly dimensions: Dimensions;
  readonly task: Task;
  /** Whether masked words of a text are its to fill: it has a head for them, or its decoder mends what its encoder read (BART). */
  readonly fillsMasks: boolean;
  /** Whether later tokens see earlier ones only. */
  readonly isCausal: boolean;
  /** Whether a tokenizer's segment ids go into it. */
  readonly readsTypes: boolean;
  /** The most tokens a text may have; undefined where nothing limits it. */
  readonly longest: number | undefined;
  /** How it makes tokens of images, where it reads images. */
  readonly images: ImageReader | undefined;
  /** What it wants of sound, where it reads sound. */
  readonly audio: AudioReader | undefined;
  /** What carries out its arithmetic. */
  readonly backend: string;
  /** Of a model of two towers: their numbers and what they read. */
  readonly towers: Readonly<Record<Tower, TowerFacts>> | undefined;
  readonly #parts: ModelParts;
  readonly #identity: ModelIdentity;
  #sites: ReadonlyMap<string, ModelSite> | undefined;
  readonly #running = new Set<Promise<unknown>>();
  #isDisposed = false;

  constructor(parts: ModelParts) {
    this.#parts = parts;
    this.label = parts.label;
    this.commit = parts.commit;
    const { isCausal, images, audio, dimensions } = parts.network;
    this.#identity = identityOf(parts);
    this.towers = towerFacts(parts.network);
    this.type = parts.type;
    this.config = parts.config;
    this.generationConfig = parts.generationConfig ?? {};
    this.generates = parts.network.generates ?? false;
    this.tokenizer = parts.tokenizer;
    this.chatTemplates = parts.chatTemplates;
    this.dimensions = dimensions;
    this.task = parts.network.task;
    const isMender = this.task === "language modeling" && parts.network.decoderFollowsIds === true;
    this.fillsMasks = isMender || this.task === "masked language modeling";
    this.isCausal = isCausal;
    this.readsTypes = parts.network.readsTypes;
    this.longest = parts.network.isUnbounded ? undefined : dimensions.positions;
    this.images = images;
    this.audio = audio;
    this.backend = parts.backend.name;
  }

  /** Every learned tensor, under heed's name and the checkpoint's. */
  get parameters(): readonly Parameter[] {
    return this.#parts.parameters.list;
  }

  /** A learned tensor by heed's name or the checkpoint's; one that layers share has a name in each of them. */
  parameter(name: string): Parameter | undefined {
    return this.#parts.parameters.find(name);
  }

  /** Names of tensors in the checkpoint that nothing uses. */
  get unused(): readonly string[] {
    return this.#parts.parameters.unused;
  }

  /** Every site of this model by name, in the order of the forward pass. */
  get sites(): ReadonlyMap<string, ModelSite> {
    const { network } = this.#parts;
    this.#sites ??= sitesOf(network, (inputs, probe) => this.#pass(inputs, probe));
    return this.#sites;
  }

  /**
   * Names of the sites that a run on this input reaches: those of `sites`, and those an input opens (targetMapping of xlnet:
   * a second stream). Nothing is computed.
   */
  sitesOf(input: RunInput): ReadonlySet<string> {
    const { network, tokenizer, images, audio } = this.#parts;
    const context = { label: this.label, network, tokenizer, images, audio };
    const { inputs } = prepareInput(input, context);
    return new Set(shapesOf((probe) => this.#pass(inputs, probe)).keys());
  }

  /** Why a kind of site is not there, by the kind's name. */
  get absentSites(): ReadonlyMap<string, string> {
    const there = new Set([...this.sites.values()].map(({ kind }) => kind.name));
    return new Map(
      siteKinds
        .filter(({ name }) => !there.has(name))
        .map(({ name }) => [name, this.#absent()[name] ?? "this family has none"]),
    );
  }

  /** How the checkpoint compares vectors of texts: its similarity_fn_name, or cosine; of sparse vectors their dot product. */
  get similarityName(): string {
    const { settings, sparse } = this.#parts.sentences ?? {};
    return settings?.similarity ?? (sparse ? "dot" : "cosine");
  }

  /** What q·k is multiplied by in a layer of a stack; undefined where scores are made otherwise. */
  scoreScale(layer: number, stack: string = ""): number | undefined {
    return this.#scoringIn(stack).scoreScale?.(layer);
  }

  /** What becomes of a stack's queries, keys and their products beside the scale: turned, normed, capped. */
  scoringOf(stack: string = ""): Scoring {
    // A look at another stack has no positions of its own.
    if (stack === "decoder.cross.") return {};
    const { turning, headNorm, scoreCap } = this.#scoringIn(stack);
    return { turning, headNorm, scoreCap };
  }

  #scoringIn(stack: string): NonNullable<Network["decoderScoring"]> {
    const { network } = this.#parts;
    return (stack.startsWith("decoder.") ? network.decoderScoring : undefined) ?? network;
  }

  /** The numbers of a learned tensor, row-major in its shape; rows [start, end) of the first axis. Throws InputError for rows it does not have. */
  async parameterRows(
    parameter: Parameter,
    start = 0,
    end = parameter.shape[0] ?? 1,
  ): Promise<Float32Array> {
    const rows = parameter.shape[0] ?? 1;
    if (!this.parameters.includes(parameter))
      throw new InputError(
        `${this.label}: ${parameter.name} is no parameter of this model. Take it from model.parameters`,
      );
    const isRange = Number.isInteger(start) && Number.isInteger(end) && 0 <= start && start <= end;
    if (!isRange || end > rows)
      throw new InputError(
        `${this.label}: ${parameter.name} has rows 0 to ${rows}, asked for ${start} to ${end}`,
      );
    return this.work(async ({ backend }) =>
      backend.parameterRows(parameter.value.storage!, start, end),
    );
  }

  /** One forward pass. Reads and patches are checked first; shapes, names and words that do not fit throw before anything is computed. */
  async run(input: RunInput, options: RunOptions = {}): Promise<Run> {
    return this.work(() => this.#run(input, options));
  }

  /** Frees the weights, once the runs in flight have ended. */
  async dispose(): Promise<void> {
    const { owner } = this.#parts;
    if (owner) return owner.dispose();
    this.#isDisposed = true;
    await Promise.allSettled(this.#running);
    for (const { value } of this.parameters) {
      if (value.storage) this.#parts.backend.release(value.storage);
      value.storage = undefined;
    }
    await this.#parts.backend.dispose();
  }

  /** Has a task work with what the model is made of; `dispose` waits for it. */
  protected async work<T>(task: (parts: ModelParts) => Promise<T>): Promise<T> {
    const { owner } = this.#parts;
    if (owner) return owner.work(() => task(this.#parts));
    if (this.#isDisposed)
      throw new InputError(`${this.label}: dispose() was called; load it again`);
    const running = task(this.#parts);
    this.#running.add(running);
    try {
      return await running;
    } finally {
      this.#running.delete(running);
    }
  }

  /** What one tower is made of, as a model by itself over the same weights. Throws InputError where there is none. */
  protected towerParts(tower: Tower): ModelParts {
    const owner = {
      work: <T>(task: () => Promise<T>) => this.work(task),
      dispose: () => this.dispose(),
    };
    return towerParts(this.#parts, tower, owner);
  }

  async #run(input: RunInput, options: RunOptions): Promise<Run> {
    expectKeys(options, runOptions, "run");
    expectFlags({ reusable: options.reusable, output: options.output }, "run");
    const { network, tokenizer } = this.#parts;
    const { read = [], patch = [], after, reusable = false } = options;
    const { warnings, warn } = keepWarnings(options.onWarning ?? this.#parts.onWarning);
    const { images, audio } = this.#parts;
    const encodings = await encodeLongInput(input, this.#parts, options.signal);
    const context = { label: this.label, network, tokenizer, images, audio, onWarning: warn };
    const { inputs, tokens } = prepareInput(input, { ...context, encodings });
    const long = longerThanCut(this.#parts, inputs.length);
    if (long !== undefined && options.output !== false) warn(long);
    const plan = () => new RunPlan(read, patch, tokens);
    const gradients =
      options.gradient && new Gradients(options, tokens, (name) => this.parameter(name));
    let current = this.#record(inputs, plan(), { ...options, reusable }, gradients);
    const reasons = { ...this.#absent(), ...unreadTowers(inputs) };
    current.plan.check(reasons, () => this.sites.keys());
    gradients?.check(reasons, () => this.sites.keys());
    if (after) {
      const resumed = this.#resume(after, inputs, current.plan, plan());
      if (resumed) current = this.#record(inputs, resumed, { ...options, reusable });
    }
    await execute(current.program, options);
    gradients?.put(current.plan.trace);
    if (patch.length > 0) expectNoOverflow(current.plan.trace, { ...current.output });
    const wrong = notNumbers(current.plan.trace, { ...current.output });
    if (wrong !== undefined) warn(`${this.label}: ${wrong}`);
    return new Run({
      tokens: tokens.main,
      decoderTokens: tokens.decoder,
      towerTokens: tokens.towers,
      layerTokens: tokens.ofLayers,
      trace: current.plan.trace,
      output: current.output,
      inputs,
      warnings,
      streams: reusable ? current.streams.trace : undefined,
      firstPatchedLayer: this.#firstPatchedLayer(current.plan),
      madeBy: this.#identity,
      metric: gradients?.metric,
    });
  }

  /** Records the forward pass with its reads and patches; nothing is computed yet. */
  #record(
    inputs: Inputs,
    plan: RunPlan,
    { output: wantsOutput = true, reusable }: RunOptions,
    gradients?: Gradients,
  ) {
    const { network, backend } = this.#parts;
    const program = new Program(backend);
    const streams = new RunPlan(reusable ? ["layers.*.input"] : [], [], { main: [] });
    const output: { -readonly [K in keyof RunOutput]: RunOutput[K] } = {};
    const keep = (name: keyof RunOutput, value: LazyTensor | undefined) => {
      if (value && wantsOutput)
        program.read(value, (tensor: Tensor) => {
          output[name] = tensor;
        });
    };
    const whole = reusable ? both(plan, streams) : plan;
    const probe = new Probe(program, gradients?.around(whole) ?? whole);
    const outputs = network.forward(inputs, probe);
    for (const name of networkOutputs) keep(name, outputs[name]);
    keep("sentence", this.#sentence(outputs, inputs, probe, wantsOutput));
    gradients?.record(program);
    program.finish();
    return { program, plan, streams, output };
  }

  #sentence(
    outputs: Outputs,
    inputs: Inputs,
    probe: Probe,
    wantsOutput: boolean,
  ): LazyTensor | undefined {
    const chain = this.#parts.sentences?.chain;
    if (!chain || "refused" in chain) return undefined;
    if (!wantsOutput && !probe.wants("sentence")) return undefined;
    const vector = sentence(this.#parts.network, outputs, inputs, chain, probe.program);
    return probe.site("sentence", vector);
  }

  /** A plan that starts where the patches do, with what comes before taken from the earlier run; undefined when that is layer 0. */
  #resume(after: Run, inputs: Inputs, recorded: RunPlan, next: RunPlan): RunPlan | undefined {
    const streams = streamsOf(after, this.#identity, inputs);
    // Of two streams only the first is kept, and of two towers neither.
    if (inputs.targetMapping || inputs.towers) return undefined;
    let layer = Math.min(
      this.dimensions.layers - 1,
      this.#firstPatchedLayer(recorded),
      after.firstPatchedLayer,
    );
    for (const site of recorded.sites.keys()) {
      const address = parseSite(site)!;
      const isMissing = recorded.wants(site) && !after.trace.has(site);
      if (isMissing && address.layer !== undefined) layer = Math.min(layer, address.layer);
    }
    if (layer <= 0 || !streams.has(`layers.${layer}.input`)) return undefined;
    next.resume = { layer, stream: streams.get(`layers.${layer}.input`) };
    for (const site of recorded.sites.keys()) {
      const { layer: own = layer } = parseSite(site)!;
      if (own < layer && next.wants(site)) next.answer(site, after.trace);
    }
    return next;
  }

  /** The first layer whose computation a patch changes; the number of layers when only what comes after them is changed. */
  #firstPatchedLayer(plan: RunPlan): number {
    const { layers } = this.dimensions;
    return [...plan.sites.keys()]
      .filter((site) => plan.patches(site))
      .map((site) => {
        const { stack, layer, kind } = parseSite(site)!;
        if (stack !== "" || kind.name === "embeddings") return 0;
        return layer ?? layers;
      })
      .reduce((first, layer) => Math.min(first, layer), layers);
  }

  #pass(inputs: Inputs, probe: Probe): void {
    this.#sentence(this.#parts.network.forward(inputs, probe), inputs, probe, true);
  }

  #absent(): Readonly<Record<string, string>> {
    const { sentences, network } = this.#parts;
    const reason =
      sentences && "refused" in sentences.chain ? sentences.chain.refused : noSentenceEncoder;
    return { sentence: reason, ...network.absent };
  }
}
