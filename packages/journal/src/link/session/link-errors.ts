import { JournalError } from '../../errors.ts'
import type { LinkFault } from '../wire/messages.ts'
import type { LinkErrorCode } from './session-types.ts'

/** What ends a feed or a connection, for this side and for the other one. */
export interface Fault {
  readonly code: LinkErrorCode | (string & {})
  readonly error: JournalError
  readonly by: 'here' | 'peer'
}

type Facts = Readonly<Record<string, string | number>>

const words: Readonly<Record<LinkErrorCode, string>> = {
  'bad-ack': 'an acknowledgement is of records that were not sent, or of another history',
  busy: 'the subscriber is read here by somebody else at present',
  closed: 'the journal was closed or the subscriber removed',
  corrupt: 'a frame was damaged on its way',
  diverged: 'the histories have parted',
  fenced: 'a newer connection has taken the name',
  failed: 'the other side cannot go on',
  io: 'the journal cannot be read or written at present',
  'no-right': 'this peer may not be that subscriber or read that journal',
  protocol: 'what came is not of this protocol',
  role: 'both sides want to serve, or both to follow',
  timeout: 'the other side did not introduce itself in time',
  'too-large': 'a message is longer than the other side takes',
  'unknown-journal': 'no journal of that name is served here',
  version: 'the two releases have no version of the protocol in common',
}

const retryableOnes: ReadonlySet<string> = new Set(['busy', 'closed', 'corrupt', 'io', 'timeout'])

/** A fault that this side found. `more` says what exactly; it goes to the other side too, and so names nothing private. */
export function faultHere(code: LinkErrorCode, peer: string, more?: string, facts: Facts = {}): Fault {
  const sentence = more === undefined ? words[code] : `${words[code]}: ${more}`
  const known = { peer, reason: code, ...facts }
  return { code, error: errorOf(code, retryableOnes.has(code), sentence, known), by: 'here' }
}

/** What a journal, target or sink said, as the other side may know it. */
export function faultOf(error: unknown, peer: string): Fault {
  const code = error instanceof JournalError ? (codes[error.code] ?? 'failed') : 'failed'
  if (error instanceof JournalError) return { code, error, by: 'here' }
  const { error: named } = faultHere(code, peer)
  return { code, error: new JournalError(named.code, withoutCode(named), named.facts, error), by: 'here' }
}

const codes: Readonly<Partial<Record<JournalError['code'], LinkErrorCode>>> = {
  JOURNAL_BUSY: 'busy',
  JOURNAL_CLOSED: 'closed',
  JOURNAL_CORRUPT: 'corrupt',
  JOURNAL_DIVERGED: 'diverged',
  JOURNAL_FULL: 'io',
  JOURNAL_IO: 'io',
  JOURNAL_SUBSCRIBER_BUSY: 'busy',
}

/** What the other side said. */
export function faultFrom(
  { code, retryable, seq, message }: LinkFault,
  peer: string,
  facts: Facts = {},
): Fault {
  const known = { peer, reason: code, ...facts, ...(seq > 0 ? { seq } : {}) }
  return { code, error: errorOf(code, retryable, `the other side says: ${message}`, known), by: 'peer' }
}

/** The message that tells the other side. */
export function faultMessage({ code, error }: Fault): LinkFault {
  const seq = error.facts['seq']
  const number = typeof seq === 'number' && Number.isSafeInteger(seq) && seq > 0 ? seq : 0
  // Errors of a journal name folders of this machine.
  const own = error.code.startsWith('JOURNAL_LINK_') || code === 'diverged'
  const message = own ? withoutCode(error) : (words[code as LinkErrorCode] as string | undefined)
  const retryable = error.retryable || retryableOnes.has(code)
  return { type: 'error', code, retryable, seq: number, message: message ?? code }
}

const withoutCode = ({ code, message }: JournalError): string => message.slice(code.length + 2)

function errorOf(code: string, retryable: boolean, sentence: string, facts: Facts): JournalError {
  const where = `link with "${facts['peer'] ?? ''}"`
  if (code === 'diverged') {
    const advice = 'copy into a new journal, or go on with the history that is to count'
    return new JournalError('JOURNAL_DIVERGED', `${where}: ${sentence}; ${advice}`, facts)
  }
  if (code === 'fenced') {
    const advice = 'give each follower a name of its own, or stop one of them'
    return new JournalError('JOURNAL_LINK_FENCED', `${where}: ${sentence}; ${advice}`, facts)
  }
  if (code === 'no-right' || code === 'unknown-journal') {
    const advice = 'grant it where the journal is served, or correct the name'
    return new JournalError('JOURNAL_LINK_REFUSED', `${where}: ${sentence}; ${advice}`, facts)
  }
  if (retryable) {
    return new JournalError('JOURNAL_LINK_LOST', `${where}: ${sentence}; connect again later`, facts)
  }
  const advice = 'see that both sides are links of this package and of releases that fit'
  return new JournalError('JOURNAL_LINK_PROTOCOL', `${where}: ${sentence}; ${advice}`, facts)
}
