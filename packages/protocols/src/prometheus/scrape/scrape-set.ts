import type { Sample } from '@tocsin/core'
import { BehaviorSubject } from 'rxjs'

import type { CheckDefinition, CheckReason, CheckResult } from '../../checks/check.ts'
import { checks, type ChecksReason } from '../../checks/checks.ts'
import { hostOf } from '../../checks/http/http-request.ts'
import type { SourceRun } from '../../source/source.ts'
import { fetchPage, type FetchedPage } from './fetch-page.ts'
import type { ResolvedScrape } from './scrape-options.ts'
import type { ReadTarget } from './scrape-target.ts'
import { createScrapedTarget, type ScrapedTarget } from './scraped-target.ts'

/** Targets that are scraped at their times; may be changed while they are. */
export interface Scraping {
  /** From now on these, and no others. */
  define(targets: ReadonlyMap<string, ReadTarget>): void
  stop(): void
}

interface Scraped {
  target: ReadTarget
  readonly series: ScrapedTarget
  /** What the present scrape has read. */
  page: FetchedPage | undefined
}

/** Most targets that have left whose `stale` samples wait for room. */
const maxLeaving = 1000

/** Ticks without a scrape. */
const skips: ReadonlyMap<CheckReason | undefined, ChecksReason> = new Map([
  ['still-running', 'still-running'],
  ['queued', 'overloaded'],
  ['missed', 'overloaded'],
])

export function startScraping(options: ResolvedScrape, run: SourceRun<Sample, ChecksReason>): Scraping {
  const { concurrency, perHost, maxLateMs, maxMissed, clock, scheduler, stopwatch, resolver } = options
  const current = new Map<string, Scraped>()
  const leaving = new Map<string, Scraped>()
  const definitions = new BehaviorSubject<readonly CheckDefinition[]>([])
  const { stats } = run
  let isWaiting = false

  const definitionOf = (one: Scraped): CheckDefinition => ({
    periodMs: one.target.periodMs,
    timeoutMs: one.target.timeoutMs,
    check: {
      name: one.target.name,
      host: hostOf(one.target.url),
      async run(context) {
        one.page = undefined
        const page = await fetchPage(context, one.target, options.maxBodyBytes)
        context.signal.throwIfAborted()
        one.page = page
        return context.found.good()
      },
    },
  })

  function end(one: Scraped, { status, startedAt, durationMs }: CheckResult): void {
    const { page, series, target } = one
    one.page = undefined
    const { instance = target.url.host } = target.labels
    const tell = (why: ChecksReason, message: string, key?: string): void =>
      run.report(why, message, { peer: instance, ...(key !== undefined && { series: key }) })
    const at = { time: startedAt, seconds: durationMs / 1000 }
    if (page === undefined) tell('reading-failed', status)
    else stats.bytes += page.bytes.length
    // What is gone is said with the next scrape, since nothing of this one is taken.
    if (!run.hasRoom) {
      stats.dropped += 1
      tell('overflow', 'a scrape was dropped: there is no room for one more batch')
      return
    }
    run.emit(page === undefined ? series.miss(at) : series.take(page, at, tell))
  }

  /** Says what is gone, as soon as there is room for it. */
  function leave(): void {
    for (const [name, one] of leaving) {
      if (!run.hasRoom && leaving.size <= maxLeaving) break
      leaving.delete(name)
      run.emit(one.series.leave(clock.now()))
    }
    if (isWaiting || leaving.size === 0) return
    isWaiting = true
    run.whenRoom(() => {
      isWaiting = false
      leave()
    })
  }

  const results = checks(definitions, {
    ...{ concurrency, perHost, maxLateMs, maxMissed, clock, scheduler, stopwatch, resolver },
  })
  function take(result: CheckResult): void {
    const one = current.get(result.check)
    if (one === undefined || result.reason === 'removed') return
    const skip = skips.get(result.reason)
    const count = 1 + (result.missed ?? 0)
    stats.received += count
    if (skip === undefined) end(one, result)
    else {
      stats.dropped += count
      run.report(skip, `a page ${result.status}`, { peer: one.target.labels['instance'], count })
    }
  }
  const scrapes = results.subscribe({ next: take, error: (error: unknown) => run.fail(error) })

  return {
    define(targets) {
      for (const [name, one] of current) {
        if (targets.has(name)) continue
        current.delete(name)
        leaving.set(name, one)
      }
      for (const [name, target] of targets) {
        const known = current.get(name) ?? leaving.get(name)
        leaving.delete(name)
        if (known === undefined)
          current.set(name, { target, series: createScrapedTarget(target, options), page: undefined })
        else {
          known.target = target
          current.set(name, known)
        }
      }
      leave()
      definitions.next([...current.values()].map(definitionOf))
    },
    stop: () => scrapes.unsubscribe(),
  }
}
