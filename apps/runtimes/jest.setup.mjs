import { TextDecoder, TextEncoder } from "node:util";

// jsdom has neither.
Object.assign(globalThis, { TextDecoder, TextEncoder });
