import { resolveOptions, wholeNumber } from '@tocsin/core'

import { badOption } from './options.ts'
import type { LagLimits } from './pins.ts'
import type { SubscriberOptions } from './reading-types.ts'

const unlimited = Number.MAX_SAFE_INTEGER

/** The limits of a subscriber apart from where it begins; `undefined` where none is given, so that earlier ones stay. */
export function splitLagLimits(options: SubscriberOptions | undefined): {
  readonly limits: LagLimits | undefined
  readonly rest: SubscriberOptions | undefined
} {
  const { maxLagRecords, maxLagBytes, maxLagMs, ...rest } = options ?? {}
  for (const name of Object.keys(rest)) {
    if (name !== 'from' && name !== 'transient') {
      throw badOption(
        `unknown option "${name}"; known are from, transient, maxLagRecords, maxLagBytes, maxLagMs`,
      )
    }
  }
  const given = { maxLagRecords, maxLagBytes, maxLagMs }
  if (Object.values(given).every((limit) => limit === undefined)) return { limits: undefined, rest }
  const check = wholeNumber(1)
  const limits = resolveOptions<LagLimits>(
    { maxLagRecords: unlimited, maxLagBytes: unlimited, maxLagMs: unlimited },
    given as Partial<LagLimits>,
    { maxLagRecords: check, maxLagBytes: check, maxLagMs: check },
    badOption,
  )
  return { limits, rest }
}
