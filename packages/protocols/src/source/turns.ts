/**
 * Goes on with long work, one step of one piece of work in each turn of the event loop, so that others are served meanwhile; a step that
 * gives something is the last.
 */
export function createTurns(): <T>(step: () => T | undefined) => Promise<T> {
  let turn = Promise.resolve()
  return async (step) => {
    for (;;) {
      turn = turn.then(() => new Promise((resolve) => setImmediate(resolve)))
      await turn
      const outcome = step()
      if (outcome !== undefined) return outcome
    }
  }
}
