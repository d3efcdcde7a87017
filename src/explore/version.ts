/** heed's own version, which pages show; package.json has the same. */
export const version = "0.1.0";
