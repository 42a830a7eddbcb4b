import type { CheckContext, CheckOutcome } from '../check.ts'
import type { Connection } from './connection.ts'
import type { Target } from './target.ts'

/** Connects, talks, and measures both. */
export declare function converse(
  context: CheckContext,
  target: Target,
  talk: (connection: Connection) => Promise<CheckOutcome>,
): Promise<CheckOutcome>
