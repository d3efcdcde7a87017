import { InputError } from "../errors/errors.ts";
import { expectFlags, expectKeys, type KeysOf } from "../errors/options.ts";
import type { Parameter } from "../families/parameters.ts";
import { type Read, RunPlan } from "../probe/plan.ts";
import type { Plan } from "../probe/probe.ts";
import type { StackTokens } from "../probe/text-tokens.ts";
import type { Trace } from "../probe/trace.ts";
import { recordGradients } from "../tensor/gradients/record-gradients.ts";
import { zeros } from "../tensor/gradients/vjp.ts";
import type { LazyTensor } from "../tensor/lazy-tensor.ts";
import type { Program } from "../tensor/program.ts";
import {
  type DifferentiableMetric,
  metricConstant,
  recordMetric,
} from "./differentiable-metric.ts";

/** Which gradients a run is to give. */
export interface GradientRequest {
  /** The number they are gradients of, in every row of the batch; rows do not feel one another. */
  readonly of: DifferentiableMetric;
  /** Sites, patterns or parts as in `read`, or names of learned tensors: "layers.*.weights", "embeddings", "layers.3.q.weight". */
  readonly at: readonly Read[];
  /**
   * True, and where it is left out: a layer hands on what enters it, and is computed again for its gradients; false: everything is
   * kept, which takes less time and more memory. The numbers are the same.
   */
  readonly recompute?: boolean;
}

const requestKeys: KeysOf<GradientRequest> = { of: true, at: true, recompute: true };

/** The gradients of one run: around its plan while the pass is recorded, behind it then, in its trace at the end. */
export class Gradients {
  readonly #request: GradientRequest;
  readonly #sites: RunPlan;
  readonly #parameters: readonly Parameter[];
  readonly #found = new Map<string, LazyTensor>();
  readonly #ofParameters = new RunPlan([], [], { main: [] });
  #measured: LazyTensor | undefined;
  #metric: number | undefined;

  /** Throws InputError for a request that is none, and beside `after`. */
  constructor(
    { gradient, after }: { readonly gradient?: GradientRequest; readonly after?: unknown },
    tokens: StackTokens,
    parameterNamed: (name: string) => Parameter | undefined,
  ) {
    const request = gradient!;
    if (typeof request !== "object" || !Array.isArray(request.at) || !request.of)
      throw new InputError(
        `gradient: needs { of, at }: a number of the output and sites, got ${JSON.stringify(request)}`,
      );
    expectKeys(request, requestKeys, "gradient");
    expectFlags({ recompute: request.recompute }, "gradient");
    if (after)
      throw new InputError(
        "gradient: does not go with after: what the earlier run computed would have no gradients. Leave after out",
      );
    this.#request = request;
    const named = (read: Read) => (typeof read === "string" ? parameterNamed(read) : undefined);
    this.#parameters = request.at.map(named).filter((parameter) => parameter !== undefined);
    const sites = request.at.filter((read) => !named(read));
    for (const read of sites)
      if (typeof read === "object" && read?.keep !== undefined)
        throw new InputError("gradient: gradients are kept whole. Leave keep out");
    this.#sites = new RunPlan(sites, [], tokens, { readsCalled: "gradient at" });
  }

  /** The number itself, once the run has come by. */
  get metric(): number | undefined {
    return this.#metric;
  }

  /** A plan that takes note of what gradients are asked at; such sites must be on the way to what follows, as those that patches change. */
  around(plan: Plan): Plan {
    const asks = (site: string) => this.#sites.wants(site);
    const { of } = this.#request;
    const note = (site: string, value: LazyTensor) => {
      if (asks(site)) this.#found.set(site, value);
      if (site === of.site) this.#measured = value;
      return value;
    };
    return {
      wants: (site) => plan.wants(site) || asks(site) || site === of.site,
      patches: (site) => plan.patches(site) || asks(site),
      reached: (site, value, program) => note(site, plan.reached(site, value, program)),
      reachedPatched: (...reached) => plan.reachedPatched?.(...reached),
      changedParts(sites, shape) {
        const all = sites.some(asks) ? [[]] : [];
        return [...all, ...(plan.changedParts?.(sites, shape) ?? [[]])];
      },
      patchRows: (site, value, rows, shape, program) =>
        plan.patchRows?.(site, value, rows, shape, program) ?? value,
      reachedSparse: (...reached) => plan.reachedSparse(...reached),
      keepsRows: (site) => plan.keepsRows?.(site) ?? false,
      reachedRows: (...reached) => plan.reachedRows?.(...reached),
    };
  }

  /** Records the metric and its gradients behind the pass. Throws SiteError and InputError for what it cannot be made of. */
  record(program: Program): void {
    const { of, recompute } = this.#request;
    const loss = recordMetric(of, this.#measured);
    program.read(loss, ({ data }) => {
      this.#metric = data[0]! + metricConstant(of, this.#measured!.shape[0]!);
    });
    const receive = (site: string, value: LazyTensor, plan: RunPlan) => ({
      value,
      receive: (gradient: LazyTensor | undefined) =>
        plan.reachedPatched(site, gradient ?? zeros(value.shape, program), program),
    });
    recordGradients(
      program,
      loss,
      [
        ...[...this.#found].map(([site, value]) => receive(site, value, this.#sites)),
        ...this.#parameters.map(({ name, value }) => ({
          value,
          receive: (gradient: LazyTensor | undefined) =>
            program.read(gradient ?? zeros(value.shape, program), (tensor) =>
              this.#ofParameters.trace.put(name, tensor, []),
            ),
        })),
      ],
      { recompute },
    );
  }

  /** Throws SiteError for what was asked at a site that is not there. */
  check(...known: Parameters<RunPlan["check"]>): void {
    this.#sites.check(...known);
  }

  /** Puts the gradients into a run's trace, under their sites' names and ".gradient". */
  put(trace: Trace): void {
    for (const { trace: own } of [this.#sites, this.#ofParameters])
      for (const site of own.sites)
        for (const { numbers, selection, ofTexts } of own.entries(site))
          trace.put(`${site}.gradient`, numbers, selection, ofTexts);
  }
}
