/** Tells the user on stderr, since stdout belongs to the program that is started. */
export function say(/** @type {string} */ text) {
  for (const line of text.split('\n')) process.stderr.write(`mcplog: ${line}\n`);
}

/** A step that cannot go on; the message tells what the user can do about it. */
export class SetupError extends Error {}

/**
 * Runs a step and ends the process with status 1, and the step's instruction, when it cannot go on.
 * @template T
 * @param {() => T} step
 * @returns {T}
 */
export function orRefuse(step) {
  try {
    return step();
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    say(error.message);
    process.exit(1);
  }
}
