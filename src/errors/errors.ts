import { harmless } from "./visible.ts";

/**
 * Every error heed throws on purpose: the message names the place, the rule, what came, and the next step. Names are written out, so
 * that they stay what they are where a bundler shortens those of classes.
 */
export class HeedError extends Error {
  override readonly name: string = "HeedError";
  /** A short stable word for scripts (`heed --format json` prints it). */
  readonly code: string;

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(harmless(message), options);
    this.code = code;
  }
}

/** A file, a folder or a hub that cannot be read as a checkpoint. */
export class CheckpointError extends HeedError {
  override readonly name: string = "CheckpointError";

  constructor(message: string, options?: ErrorOptions) {
    super("checkpoint", message, options);
  }
}

/** A config.json that does not describe a model heed can run. */
export class ConfigError extends HeedError {
  override readonly name: string = "ConfigError";

  constructor(message: string, options?: ErrorOptions) {
    super("config", message, options);
  }
}

/** A tokenizer file, or a text, that cannot be turned into tokens. */
export class TokenError extends HeedError {
  override readonly name: string = "TokenError";

  constructor(message: string, options?: ErrorOptions) {
    super("token", message, options);
  }
}

/** A tokenizer of a class that heed does not build: its model runs on ids. */
export class StrangeTokenizerError extends TokenError {
  override readonly name: string = "StrangeTokenizerError";
}

/** Tensors whose shapes do not fit an operation. */
export class ShapeError extends HeedError {
  override readonly name: string = "ShapeError";

  constructor(message: string, options?: ErrorOptions) {
    super("shape", message, options);
  }
}

/** A read or a patch that names a site, a head or a token that is not there. */
export class SiteError extends HeedError {
  override readonly name: string = "SiteError";

  constructor(message: string, options?: ErrorOptions) {
    super("site", message, options);
  }
}

/** An input, an option or an argument outside what is allowed. */
export class InputError extends HeedError {
  override readonly name: string = "InputError";

  constructor(message: string, options?: ErrorOptions) {
    super("input", message, options);
  }
}
