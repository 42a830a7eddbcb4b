import { ruleSet } from '@tocsin/fault'
import type { RuleSet } from '@tocsin/fault'
import type { Policy } from '@tocsin/notify'

const day = 86_400

/** From here on a certificate is a warning, and from there on bad, in days. */
export const certificateDays = { warning: 14, bad: 3 } as const

/** What is wrong with a target: `hard_state` is 0 good, 1 warning, 2 bad, 3 unknown, after as many looks in a row as it takes. */
export const rules: readonly RuleSet[] = [
  ruleSet('outage')
    .select('__name:hard_state')
    .equals(2, 1)
    // Unknown is never good, and not bad either.
    .equals(3, 3)
    .equals(1, 4)
    .build(),
  // Those of further requests, after a redirect, are others' certificates.
  ruleSet('certificate')
    .select('and(__name:cert_end_in,not(request))')
    .below(certificateDays.bad * day, 2)
    .below(certificateDays.warning * day, 4)
    .build(),
]

/** Who is told of what. */
export const policy: Policy = {
  groups: { outages: { notifiers: ['outages'] }, certificates: { notifiers: ['certificates'] } },
  routes: [
    { group: 'outages', ruleSets: ['outage'] },
    { group: 'certificates', ruleSets: ['certificate'] },
  ],
  stale: { after: '1h' },
}

/** What is judged of a target, so that nothing of it stays open when it is taken out. */
export const judged = ['hard_state', 'cert_end_in'] as const
