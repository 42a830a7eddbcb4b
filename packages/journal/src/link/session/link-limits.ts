import type { Checks, Defined } from '@tocsin/core'
import { flag, wholeNumber } from '@tocsin/core'

import { checkedOptions } from '../../options.ts'
import type { LinkLimits } from './session-types.ts'

const mebibyte = 1024 * 1024

/** The bounds of a link unless told otherwise. */
export const defaultLinkLimits: Defined<LinkLimits> = Object.freeze({
  helloTimeoutMs: 10_000,
  heartbeatMs: 5000,
  silenceMs: 15_000,
  creditBytes: 8 * mebibyte,
  maxMessageBytes: 18 * mebibyte,
  maxFeeds: 256,
  compress: false,
})

const hour = 3_600_000
const checks: Checks<Defined<LinkLimits>> = {
  helloTimeoutMs: wholeNumber(1, hour),
  heartbeatMs: wholeNumber(1, hour),
  silenceMs: wholeNumber(1, 24 * hour),
  creditBytes: wholeNumber(1, 1024 * mebibyte),
  maxMessageBytes: wholeNumber(65_536, 1024 * mebibyte),
  maxFeeds: wholeNumber(1, 65_535),
  compress: flag,
}

/** Limits with the defaults filled in; a wrong one throws `JOURNAL_BAD_OPTION`. */
export const resolveLinkLimits = (limits: LinkLimits | undefined): Defined<LinkLimits> =>
  checkedOptions<LinkLimits>(defaultLinkLimits, limits, checks)
