const exitCodes = { SIGINT: 130, SIGTERM: 143 };

/** Says on stderr where measuring was when a signal ends it: a claim prints nothing before it has all its rows, which takes minutes on a busy machine. */
export function sayWhenBrokenOff(place: () => string): void {
  const start = performance.now();
  for (const [signal, code] of Object.entries(exitCodes))
    process.once(signal, () => {
      const seconds = ((performance.now() - start) / 1000).toFixed(0);
      console.error(
        `bench: ended by ${signal} after ${seconds} s, in ${place()}; what has no row above is not kept. Give it longer, or an idle machine`,
      );
      process.exit(code);
    });
}
