import type { IncomingMessage, ServerResponse } from 'node:http'

import { merge, type Observable, type OperatorFunction } from 'rxjs'
import { describe, expectTypeOf, it } from 'vitest'

import {
  checks,
  checkSamples,
  httpCheck,
  type Check,
  type CheckResult,
  type ChecksReason,
} from '../src/checks/index.ts'
import { createHttpTrapParser, createStatsdParser } from '../src/engine.ts'
import { graphite } from '../src/graphite/index.ts'
import { hostMetrics } from '../src/host/index.ts'
import { httpTrap, type HttpTrapOptions } from '../src/http-trap/index.ts'
import { toNodeHandler, toWebHandler, type HttpSource } from '../src/http/index.ts'
import {
  source,
  type Batch,
  type BoundAddress,
  type Clock,
  type Problem,
  type Sample,
  type Source,
} from '../src/index.ts'
import { statsd } from '../src/statsd/index.ts'

describe('the face of the package', () => {
  it('gives a source for each protocol, all options but the secret left out', () => {
    expectTypeOf(statsd()).toEqualTypeOf<Source<Sample>>()
    expectTypeOf(graphite()).toEqualTypeOf<Source<Sample>>()
    expectTypeOf(hostMetrics()).toEqualTypeOf<Source<Sample>>()
    expectTypeOf(httpTrap({ secret: 'x' })).toEqualTypeOf<HttpSource<Sample>>()
    expectTypeOf(checks([])).toEqualTypeOf<Source<CheckResult, ChecksReason>>()
    // A trap without a secret would be open to all.
    expectTypeOf<object>().not.toExtend<HttpTrapOptions>()
  })

  it('is an observable with side channels that cannot be written to', () => {
    expectTypeOf<Source<Sample>>().toExtend<Observable<Sample>>()
    expectTypeOf<Source<Sample>['problems']>().toEqualTypeOf<Observable<Problem>>()
    expectTypeOf<Source<Sample>['listening']>().toEqualTypeOf<Observable<BoundAddress>>()
    expectTypeOf<ReturnType<Source<Sample>['batches']>>().toEqualTypeOf<Observable<Batch<Sample>>>()
    expectTypeOf(toNodeHandler(httpTrap({ secret: 'x' }))).toEqualTypeOf<
      (request: IncomingMessage, response: ServerResponse, next?: () => void) => void
    >()
    expectTypeOf(toWebHandler(httpTrap({ secret: 'x' }))).toEqualTypeOf<
      (request: Request) => Promise<Response>
    >()
    const lines = statsd()
    // @ts-expect-error the counters are the source's own
    lines.stats.samples = 0
  })

  it('gives sources of one’s own the same face, and knows their reasons', () => {
    expectTypeOf(source<number>(() => undefined)).toEqualTypeOf<Source<number, string>>()
    const own = source<number, 'odd'>((run) => {
      run.report('odd', 'an odd number')
      // @ts-expect-error no reason of this source
      run.report('even', 'an even number')
    })
    expectTypeOf(own).toEqualTypeOf<Source<number, 'odd' | 'overflow'>>()
  })

  it('takes undefined for an option that is not given', () => {
    const clock = undefined as Clock | undefined
    const check = httpCheck({ url: 'http://localhost', headers: undefined, bodyMatch: undefined })
    const sources = [
      statsd({ clock, port: undefined, transport: undefined }),
      graphite({ clock, maxNameBytes: undefined }),
      hostMetrics({ clock, scheduler: undefined, read: undefined }),
      httpTrap({ secret: 'x', port: undefined, ackTimeoutMs: undefined }),
      checks([{ check, periodMs: 1000, timeoutMs: undefined }], { scheduler: undefined }),
      source(() => undefined, { name: undefined, clock }),
      statsd().batches({ maxInFlight: undefined }),
    ]
    expectTypeOf(sources).not.toBeAny()
    createStatsdParser({ maxLineBytes: undefined })
    createHttpTrapParser({ maxDepth: undefined })
  })

  it('gives batches that are all alike', () => {
    const all = merge(statsd().batches(), graphite().batches(), httpTrap({ secret: 'x' }).batches())
    expectTypeOf(all).toEqualTypeOf<Observable<Batch<Sample>>>()
  })

  it('makes samples of check results', () => {
    expectTypeOf(checkSamples()).toEqualTypeOf<OperatorFunction<CheckResult | Batch<CheckResult>, Sample>>()
    expectTypeOf(checks([]).pipe(checkSamples())).toEqualTypeOf<Observable<Sample>>()
    expectTypeOf(checks([]).batches().pipe(checkSamples())).toEqualTypeOf<Observable<Sample>>()
    expectTypeOf(httpCheck({ url: 'http://localhost' })).toEqualTypeOf<Check>()
  })

  it('closes its unions', () => {
    expectTypeOf<CheckResult['state']>().toEqualTypeOf<'good' | 'warning' | 'bad' | 'unknown'>()
    expectTypeOf<Problem['reason']>().not.toEqualTypeOf<string>()
  })
})
