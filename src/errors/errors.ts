/** Every error heed throws on purpose: the message names the place, the rule, what came, and the next step. */
export class HeedError extends Error {
  /** A short stable word for scripts (`heed --format json` prints it). */
  readonly code: string;

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
    this.code = code;
  }
}

/** A file, a folder or a hub that cannot be read as a checkpoint. */
export class CheckpointError extends HeedError {
  constructor(message: string, options?: ErrorOptions) {
    super("checkpoint", message, options);
  }
}

/** A config.json that does not describe a model heed can run. */
export class ConfigError extends HeedError {
  constructor(message: string, options?: ErrorOptions) {
    super("config", message, options);
  }
}

/** A tokenizer file, or a text, that cannot be turned into tokens. */
export class TokenError extends HeedError {
  constructor(message: string, options?: ErrorOptions) {
    super("token", message, options);
  }
}

/** Tensors whose shapes do not fit an operation. */
export class ShapeError extends HeedError {
  constructor(message: string, options?: ErrorOptions) {
    super("shape", message, options);
  }
}

/** A read or a patch that names a site, a head or a token that is not there. */
export class SiteError extends HeedError {
  constructor(message: string, options?: ErrorOptions) {
    super("site", message, options);
  }
}

/** An input, an option or an argument outside what is allowed. */
export class InputError extends HeedError {
  constructor(message: string, options?: ErrorOptions) {
    super("input", message, options);
  }
}
