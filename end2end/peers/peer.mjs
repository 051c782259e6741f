// What the providers that are not ours have in common: how they are told what to do, how they say
// that they are ready, and when they end.

/** The settings: one JSON object, the first argument. */
export const settings = JSON.parse(process.argv[2] ?? '{}');

/** One line for whoever waits; they read no further, so nothing else may go to standard output. */
export function ready(facts) {
  console.log(JSON.stringify(facts));
}

/** Whoever started us holds our standard input; it closes when they end, however they end. */
export function endWithStandardInput() {
  process.stdin.resume();
  process.stdin.on('end', () => process.exit());
}
