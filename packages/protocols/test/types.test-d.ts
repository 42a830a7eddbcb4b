import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

import type { Observable, OperatorFunction } from 'rxjs'
import { describe, expectTypeOf, it } from 'vitest'

import {
  checks,
  checkSamples,
  graphite,
  hostMetrics,
  httpCheck,
  httpTrap,
  statsd,
  type Check,
  type CheckResult,
  type HttpSource,
  type HttpTrapOptions,
  type Problem,
  type Sample,
  type Source,
} from '../src/index.ts'

describe('the face of the package', () => {
  it('gives a source for each protocol, all options but the secret left out', () => {
    expectTypeOf(statsd()).toEqualTypeOf<Source<Sample>>()
    expectTypeOf(graphite()).toEqualTypeOf<Source<Sample>>()
    expectTypeOf(hostMetrics()).toEqualTypeOf<Source<Sample>>()
    expectTypeOf(httpTrap({ secret: 'x' })).toEqualTypeOf<HttpSource<Sample>>()
    expectTypeOf(checks([])).toEqualTypeOf<Source<CheckResult>>()
    // A trap without a secret would be open to all.
    expectTypeOf<object>().not.toExtend<HttpTrapOptions>()
  })

  it('is an observable with side channels that cannot be written to', () => {
    expectTypeOf<Source<Sample>>().toExtend<Observable<Sample>>()
    expectTypeOf<Source<Sample>['problems']>().toEqualTypeOf<Observable<Problem>>()
    expectTypeOf<Source<Sample>['listening']>().toEqualTypeOf<Observable<AddressInfo>>()
    expectTypeOf<ReturnType<Source<Sample>['batches']>>().toEqualTypeOf<Observable<readonly Sample[]>>()
    expectTypeOf<HttpSource<Sample>['handler']>().toEqualTypeOf<
      (request: IncomingMessage, response: ServerResponse) => boolean
    >()
    const source = statsd()
    // @ts-expect-error the counters are the source's own
    source.stats.samples = 0
  })

  it('makes samples of check results', () => {
    expectTypeOf(checkSamples()).toEqualTypeOf<OperatorFunction<CheckResult, Sample>>()
    expectTypeOf(httpCheck({ url: 'http://localhost' })).toEqualTypeOf<Check>()
  })

  it('closes its unions', () => {
    expectTypeOf<CheckResult['status']>().toEqualTypeOf<'ok' | 'failed' | 'timeout' | 'skipped'>()
    expectTypeOf<Problem['reason']>().not.toEqualTypeOf<string>()
  })
})
