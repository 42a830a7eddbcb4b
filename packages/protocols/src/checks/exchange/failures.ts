import { noAnswer, notAsked } from '../check-failure.ts'

/** The system has no descriptor, port or memory to spare, or does not let this process do it, or not so much at once. */
const ours = new Set([
  'EMFILE',
  'ENFILE',
  'ENOBUFS',
  'ENOMEM',
  'EADDRNOTAVAIL',
  'EADDRINUSE',
  'EACCES',
  'EPERM',
  'EMSGSIZE',
])

/** What went wrong as a word. Messages are left out, since they may show what was sent. */
export const reasonOf = (error: unknown): string => {
  if (!(error instanceof Error)) return 'unknown'
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name
}

/** The failure of a system call for a target, as a sentence: `unknown` where this side is at fault. */
export function failure(what: string, error: unknown): Error {
  const reason = reasonOf(error)
  if (ours.has(reason)) return notAsked(`${what}, by a fault on this side: ${reason}`, error)
  return noAnswer(`${what}: ${reason}`, error)
}
