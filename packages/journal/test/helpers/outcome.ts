import { JournalError } from '../../src/index.ts'
import { settle } from './journals.ts'

export const isHanging: unique symbol = Symbol('hanging')

/** What it resolves to; `isHanging` where the process that it is waiting in is gone. */
export async function outcome<R>(work: Promise<R>): Promise<R | typeof isHanging | JournalError> {
  let result: R | typeof isHanging | JournalError = isHanging
  void work.then(
    (value) => (result = value),
    (error: unknown) => {
      if (!(error instanceof JournalError)) throw error
      result = error
    },
  )
  for (let turn = 0; turn < 8 && result === isHanging; turn += 1) await settle()
  return result
}

export const describe = (result: unknown): string =>
  result instanceof Error ? result.message : typeof result
