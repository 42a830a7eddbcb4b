import type { CheckContext, CheckOutcome } from '../check.ts'
import { CheckFailure } from '../check-failure.ts'
import { type Connection, createConnection } from './connection.ts'
import { dial } from './dial.ts'
import { defaultMaxBytes, type Target } from './target.ts'

/**
 * Connects to a target, talks, and measures: `tt_resolve` where a name was looked up, `tt_connect`, `tt_tls` and `tt_firstbyte` (ms since
 * the start of the run), `phase_ms` (ms, tag `phase`: `resolve`, `connect`, `tls`, `first_byte`, `body`), and of TLS its version, its
 * cipher and the certificate. The outcome is that of the talk, but `bad` where the certificate is not valid.
 */
export async function converse(
  context: CheckContext,
  target: Target,
  talk: (connection: Connection) => Promise<CheckOutcome>,
): Promise<CheckOutcome> {
  try {
    return await dial(context, target, async (dialled) => {
      const connection = createConnection(context, dialled, target.maxBytes ?? defaultMaxBytes)
      try {
        return await talk(connection)
      } finally {
        connection.end()
      }
    })
  } catch (error) {
    // The target answered, and is ill: that is an outcome.
    if (!(error instanceof CheckFailure) || error.available !== 'yes') throw error
    return { state: error.state, available: error.available, status: error.message }
  }
}
