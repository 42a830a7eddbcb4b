import type { CheckContext } from '../check.ts'
import { outcomeOfFailure } from '../check-failure.ts'
import type { CheckOutcome } from '../check-outcome.ts'
import { type Connection, createConnection } from './connection.ts'
import { dial } from './dial.ts'
import { checkTarget, defaultTarget, type Target } from './target.ts'

/**
 * Connects to a target, talks, and measures: `tt_resolve` where a name was looked up, `tt_connect`, `tt_tls` and `tt_firstbyte` (ms since
 * the start of the run), `phase_ms` (ms, tag `phase`: `resolve`, `connect`, `tls`, `first_byte`, `body`), and of TLS its version, its
 * cipher and the certificate. The outcome is that of the talk, but `bad` where the certificate is not valid, over which nothing is said,
 * or where the target answered badly otherwise.
 *
 * Ends with the talk, or at once when the signal of the run is aborted; the connection is destroyed then, whatever the talk goes on with.
 * Measures by `elapsedMs` of the context and has no time-out of its own. Holds at most `maxBytes` of what is received, 1 MiB unless the
 * target says otherwise.
 *
 * Errors, by `code`: rejects with `PROTOCOL_NO_ANSWER` where there is no such host, no connection or no TLS, or where it breaks off; with
 * `PROTOCOL_NOT_ASKED` where the fault is on this side, such as without descriptors or an answer of the name servers; with
 * `PROTOCOL_BAD_OPTION` where the target is none; with what the talk throws; and with the reason of the signal.
 *
 * @param context - of the run
 * @param target - whom to talk to; what it has beside the fields of a {@link Target} is passed over
 * @param talk - says and reads, and gives the outcome
 */
export async function converse(
  context: CheckContext,
  target: Target,
  talk: (connection: Connection) => PromiseLike<CheckOutcome>,
): Promise<CheckOutcome> {
  checkTarget(target)
  try {
    return await dial(context, target, async (dialled) => {
      const connection = createConnection(context, dialled, target.maxBytes ?? defaultTarget.maxBytes)
      try {
        return await talk(connection)
      } finally {
        connection.end()
      }
    })
  } catch (error) {
    return outcomeOfFailure(error)
  }
}
