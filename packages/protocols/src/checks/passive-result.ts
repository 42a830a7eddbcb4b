import type { PassiveResult } from '../nagios/check-result.ts'
import { perfdataSamples } from '../nagios/perfdata-samples.ts'
import type { CheckResult } from './check.ts'
import type { CheckState } from './check-outcome.ts'
import { keptStatus } from './values/kept-text.ts'

/** By the codes of plugins. */
const states: readonly CheckState[] = ['good', 'warning', 'bad', 'unknown']

/**
 * The result of a check that somebody else made, as one of {@link checks}, so that `checkSamples()` and whatever judges results take it.
 *
 * The check is named `host/service`, or as the host where that was checked. A host that is down or unreachable did not answer; a
 * service did, but where its state is unknown. What the plugin printed is the status, at most 1024 characters of it and without those that a
 * terminal acts on; performance data are its samples. Every result is hard: Nagios counts by itself.
 *
 * @param receivedAt - when it came, ms since the Unix epoch
 *
 * @example
 * ```ts
 * import { checkResultOf, checkSamples } from '@tocsin/protocols/checks'
 * import { parseCheckResult } from '@tocsin/protocols/nagios'
 * import { of } from 'rxjs'
 *
 * const read = parseCheckResult('[1700000000] PROCESS_SERVICE_CHECK_RESULT;web1;disk;1;DISK WARNING | used=81')
 * if (read.ok) {
 *   const result = checkResultOf(read.value, 1_700_000_000_500)
 *   console.log(result.check, result.state, result.lateMs) // => web1/disk warning 500
 *   of(result)
 *     .pipe(checkSamples())
 *     .subscribe(({ series, value }) => console.log(series.key, value)) // => available|ST[check:web1/disk] 1
 *   // => state|ST[check:web1/disk] 1
 *   // => used|ST[check:web1/disk] 81
 * }
 * ```
 */
export function checkResultOf(passive: PassiveResult, receivedAt: number): CheckResult {
  const { time, host, service, output } = passive
  const state = states[passive.state] ?? 'unknown'
  const isDown = service === undefined && state !== 'good'
  const { samples } = perfdataSamples(output.items, { time })
  return {
    type: 'check',
    check: service === undefined ? host : `${host}/${service}`,
    time,
    startedAt: receivedAt,
    lateMs: receivedAt - time,
    durationMs: 0,
    available: isDown ? 'no' : state === 'unknown' ? 'unknown' : 'yes',
    state,
    attempt: 1,
    attempts: 1,
    hard: true,
    ...(state !== 'good' && { reason: 'not-good' }),
    status: keptStatus(output.text),
    samples,
  }
}
