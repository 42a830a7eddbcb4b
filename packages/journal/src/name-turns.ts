import { JournalError, messageOf } from './errors.ts'

/** What is done to the cursor of one name happens one after the other. */
export interface NameTurns {
  /** What the disk says comes out as `JOURNAL_IO`. */
  run<R>(name: string, work: () => Promise<R>): Promise<R>
  /** Resolves when nothing is being done. */
  idle(): Promise<void>
}

export function createNameTurns(): NameTurns {
  const turns = new Map<string, Promise<unknown>>()
  return {
    run: (name, work) => {
      const turn = Promise.resolve(turns.get(name)).then(work)
      const settled = turn.then(
        () => undefined,
        () => undefined,
      )
      turns.set(name, settled)
      void settled.then(() => turns.get(name) === settled && turns.delete(name))
      return turn.catch((error: unknown) => Promise.reject(unwritable(name, error)))
    },
    idle: async () => {
      await Promise.all(turns.values())
    },
  }
}

const unwritable = (name: string, error: unknown): JournalError =>
  error instanceof JournalError
    ? error
    : new JournalError(
        'JOURNAL_IO',
        `the cursor of subscriber "${name}" cannot be made, moved or removed: ${messageOf(error)}; mend the disk and try again`,
        { name },
        error,
      )
