import { parseRetryAfter } from '@tocsin/core/retry-after'

import { messageOf } from '../../errors.ts'
import type { Outcome, Sending } from '../destination.ts'
import type { HttpAnswer } from './http-post.ts'

/** Longest wait that a destination can ask for, ms. */
const maxRetryAfterMs = 600_000

/**
 * What an answer means where the destination says nothing else: 2xx is taken; 413 is too large, and is sent in halves; 400 and 422
 * are about what was sent; all else may be mended by somebody, as a wrong token or a database that is not there yet, and is kept
 * and sent again. RFC 9110 section 15.
 */
export function outcomeOf(answer: HttpAnswer, now: number): Outcome {
  const { status, text, retryAfter } = answer
  if (status >= 200 && status < 300) return { type: 'taken' }
  const message = `the destination answered ${status}${text === '' ? '' : `: ${shown(text)}`}`
  if (status === 413) return { type: 'refused', reason: 'too-large', message }
  if (status === 400 || status === 422) return { type: 'refused', reason: 'refused', message }
  const asked = retryAfter === undefined ? undefined : parseRetryAfter(retryAfter, now)
  return {
    type: 'failed',
    message,
    ...(asked !== undefined && { retryAfterMs: Math.min(asked, maxRetryAfterMs) }),
  }
}

/** A sending that is over when it is answered. */
export function sendingOf(answered: Promise<HttpAnswer>, judge: (answer: HttpAnswer) => Outcome): Sending {
  const outcome = answered.then(judge, (error: unknown): Outcome => ({
    type: 'failed',
    message: messageOf(error),
  }))
  return { handedOver: outcome, outcome }
}

/** What somebody else wrote, in one line of at most 200 characters. */
export const shown = (text: string): string =>
  text
    .slice(0, 200)
    .replaceAll(/[^\x20-\x7e]+/g, ' ')
    .trim()
