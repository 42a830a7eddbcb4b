import type { Clock, Sample, Tags } from '@tocsin/core'
import { buildSeries, port, text } from '@tocsin/core'
import type { OperatorFunction } from 'rxjs'
import { asyncScheduler, mergeMap } from 'rxjs'

import { badOption, checkedOptions } from '../../options.ts'
import type { LinksState } from './link-state.ts'

/** How {@link linkSamples} names what it gives. */
export interface LinkSamplesOptions {
  /** Stands before each name, with a dot. @defaultValue 'link' */
  readonly prefix?: string | undefined
  /** Where the time of samples comes from. @defaultValue rxjs `asyncScheduler` */
  readonly clock?: Clock | undefined
}

/**
 * Makes samples of `state$`, so that links and their certificates are watched like anything else. Kind `gauge`: `link.up` (1 while records
 * can come), with tags `peer`, `journal` and `subscriber`; with the same tags `link.lag_records` and `link.lag_ms`, only while they are
 * known; `link.certificate_days_left` with tag `what`, weeks before anything stops.
 * Emits: the samples of each state, with the time of the clock. Completes and errors: with the source; `JOURNAL_BAD_OPTION` is thrown at
 * the call. Memory: the samples of one state. Time: the clock is only read.
 *
 * @example
 * ```ts
 * import { linkSamples } from '@tocsin/journal/link'
 * import { of } from 'rxjs'
 *
 * const certificates = [{ what: 'certificate', expiresAt: 0, state: 'expiring', daysLeft: 9.5 }] as const
 * of({ links: [], certificates })
 *   .pipe(linkSamples())
 *   .subscribe(({ series, value }) => console.log(series.key, value)) // => link.certificate_days_left|ST[what:certificate] 9.5
 * ```
 */
export function linkSamples(options?: LinkSamplesOptions): OperatorFunction<LinksState, Sample> {
  const { prefix, clock } = checkedOptions<LinkSamplesOptions>(
    { prefix: 'link', clock: asyncScheduler },
    options,
    { prefix: text(), clock: port('now') },
  )
  if (!buildSeries(`${prefix}.up`, {}).ok) throw badOption('prefix makes no name of a series')
  return mergeMap(({ links, certificates }) => {
    const time = clock.now()
    const samples: Sample[] = []
    const add = (name: string, value: number | undefined, tags: Tags): void => {
      // A name of a peer may be longer than a tag can be.
      const built = buildSeries(`${prefix}.${name}`, tags)
      if (built.ok && value !== undefined) samples.push({ series: built.value, time, kind: 'gauge', value })
    }
    for (const link of links) {
      const { peer, journal = '', subscriber = '' } = link
      const tags = { peer, journal, subscriber }
      add('up', link.type === 'following' ? 1 : 0, tags)
      if (link.type !== 'following') continue
      add('lag_records', link.lagRecords, tags)
      add('lag_ms', link.lagMs, tags)
    }
    for (const { what, daysLeft } of certificates) add('certificate_days_left', daysLeft, { what })
    return samples
  })
}
