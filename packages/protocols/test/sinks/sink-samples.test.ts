import { from } from 'rxjs'
import { expect, test } from 'vitest'

import { sinkSamples, type SinkEvent } from '../../src/sinks/index.ts'

test('what a sink says that is held up counts as no failure, and the destination as reachable', () => {
  const event: SinkEvent = { type: 'held-up', time: 1000, message: 'more', held: { count: 3, oldest: 400 } }
  const seen: string[] = []
  from([event])
    .pipe(sinkSamples('carbon'))
    .subscribe(({ series, value }) => seen.push(`${series.metric}=${JSON.stringify(value)}`))
  expect(seen).toEqual([
    'sink_held=3',
    'sink_age=600',
    'sink_reachable=1',
    'sink_delivered=0',
    'sink_refused=0',
    'sink_failed=0',
  ])
})
