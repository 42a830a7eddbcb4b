import { createContext, Script } from 'node:vm'

const script = new Script('run()')

/** Runs what may never end, such as a regular expression that somebody wrote; throws {@link TookTooLong} where it took longer. */
export function withinTime<Result>(limitMs: number, run: () => Result): Result {
  try {
    return script.runInContext(createContext({ run }), { timeout: limitMs }) as Result
  } catch (error) {
    const { code } = (error ?? {}) as { code?: unknown }
    throw code === 'ERR_SCRIPT_EXECUTION_TIMEOUT' ? new TookTooLong() : error
  }
}

export class TookTooLong extends Error {}
