import type { IncomingHttpHeaders, ServerResponse } from 'node:http'

import type { Sample } from '@tocsin/core'
import { type ObservableInput, type SchedulerLike, Subscription } from 'rxjs'
import { onTestFinished } from 'vitest'

import { scrape } from '../../../src/prometheus/scrape/scrape.ts'
import type { ScrapeOptions } from '../../../src/prometheus/scrape/scrape-options.ts'
import type { ScrapeTarget } from '../../../src/prometheus/scrape/scrape-target.ts'
import type { Problem } from '../../../src/source/problem.ts'
import { serve } from '../../checks/http/server.ts'

/** What a page is: its text, or what answers. */
export type Page = string | ((answer: ServerResponse, headers: IncomingHttpHeaders) => void)

/** A page that can be changed. */
export interface PageServer {
  readonly url: string
  /** How often it was asked for. */
  readonly asked: () => number
  readonly show: (page: Page) => void
}

/** Serves a page of text 0.0.4. */
export async function servePage(first: Page): Promise<PageServer> {
  let page = first
  let asked = 0
  const url = await serve((request, answer) => {
    asked += 1
    if (typeof page === 'string') answer.setHeader('content-type', 'text/plain; version=0.0.4').end(page)
    else page(answer, request.headers)
  })
  return { url: `${url}/metrics`, asked: () => asked, show: (next) => (page = next) }
}

/** Time that moves when it is told to. */
interface ManualTime extends SchedulerLike {
  advance(ms: number): void
}

function manualTime(): ManualTime {
  let now = 1_000_000
  const timers = new Set<{ readonly due: number; readonly work: () => void }>()
  const schedule = (work: () => void, delay = 0): Subscription => {
    const timer = { due: now + delay, work }
    timers.add(timer)
    return new Subscription(() => timers.delete(timer))
  }
  return {
    now: () => now,
    schedule: schedule as SchedulerLike['schedule'],
    advance(ms) {
      const until = now + ms
      const next = (): typeof timers extends Set<infer Timer> ? Timer | undefined : never =>
        [...timers].filter(({ due }) => due <= until).sort((a, b) => a.due - b.due)[0]
      for (let timer = next(); timer !== undefined; timer = next()) {
        timers.delete(timer)
        now = timer.due
        timer.work()
      }
      now = until
    },
  }
}

/** Scrapes, batch by batch. */
export interface Watched {
  readonly time: ManualTime
  /** Lets the time of a scrape of each target come, and gives the batch of the last one that ends, in lines. */
  readonly next: (targets?: number) => Promise<readonly string[]>
  readonly batches: readonly (readonly Sample[])[]
  readonly problems: readonly Problem<string>[]
  /** Acknowledges what was not. */
  readonly ack: () => void
  readonly dropped: () => number
  readonly subscription: Subscription
}

/** The target at a URL, as `a` of the job `shop`. */
export const target = (url: string): ScrapeTarget => ({ url, labels: { job: 'shop', instance: 'a' } })

/** Scrapes once a second of a time that is moved by hand, for the length of one test. */
export function watch(
  targets: readonly ScrapeTarget[] | ObservableInput<readonly ScrapeTarget[]>,
  options: ScrapeOptions = {},
  maxInFlight?: number,
): Watched {
  const time = manualTime()
  const source = scrape(targets, { periodMs: 1000, timeoutMs: 1000, scheduler: time, ...options })
  const batches: (readonly Sample[])[] = []
  const problems: Problem<string>[] = []
  const acks: (() => void)[] = []
  let wake: () => void = () => undefined
  source.problems.subscribe((problem) => problems.push(problem))
  const subscription = source.batches(maxInFlight === undefined ? {} : { maxInFlight }).subscribe((batch) => {
    batches.push(batch.values)
    if (maxInFlight === undefined) batch.ack()
    else acks.push(() => batch.ack())
    wake()
  })
  onTestFinished(() => subscription.unsubscribe())
  return {
    ...{ time, batches, problems, subscription, dropped: () => source.stats.dropped },
    ack() {
      for (const ack of acks.splice(0)) ack()
    },
    async next(count = 1) {
      const wanted = batches.length + count
      // What was told a moment ago may not have ended yet.
      await new Promise(setImmediate)
      time.advance(1000)
      while (batches.length < wanted) await new Promise<void>((resolve) => (wake = resolve))
      return linesOf(batches.at(-1) ?? [])
    },
  }
}

/** A sample in one line. */
const line = ({ series, value, kind }: Sample): string =>
  kind === 'stale' ? `${series.key} stale` : `${series.key} ${value as number}`

/** A batch in lines, without how long it took. */
export const linesOf = (batch: readonly Sample[]): readonly string[] =>
  batch.filter(({ series }) => series.metric !== 'scrape_duration_seconds').map(line)
