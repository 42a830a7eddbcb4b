import type { MemoryFileSystem } from './memory-file-system.ts'

/**
 * Runs a process until its work is done or it has come to the operation that stops it (see `stopAt`), whichever is first: how fast the
 * machine is decides nothing. Rejects as the work does.
 */
export async function untilStopped(
  fileSystem: MemoryFileSystem,
  operation: number,
  work: () => Promise<unknown>,
): Promise<void> {
  const state = { isDone: false }
  const done = (): void => void (state.isDone = true)
  const working = work()
  working.then(done, done)
  while (!state.isDone && fileSystem.operations < operation) await turn()
  // What was done before the stop is still answered.
  if (!state.isDone) await turn()
  if (state.isDone) await working
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
