import type { Slices } from '@tocsin/core/slices'
import { parseSeries } from '@tocsin/core'

import { readSample, sampleFacts, type Reading, type RollupInput } from '../engine/reading.ts'
import type { SeriesNames } from '../names/series-names.ts'
import type { RecordWriter } from '../log/record-writer.ts'
import type { FoundProblem } from '../problem.ts'
import type { RollupBatch, RollupPosition } from '../rollup-store.ts'

/** Samples that are taken before others may run. */
const samplesAtOnce = 512

/** What samples are checked against. */
export interface SampleBounds {
  readonly now: number
  readonly maxFutureMs: number
  readonly maxPastMs: number
  readonly maxSeries: number
}

/** What became of a batch. */
export interface EncodedBatch {
  /** Readings that were written. */
  readonly count: number
  /** Records that are in the store already. */
  readonly skipped: number
  readonly problems: readonly FoundProblem[]
}

/**
 * Writes those samples of a batch into a record that come behind `position`, and gives new series their numbers. Gives way to others
 * from time to time.
 */
export async function encodeBatch(
  { position, values }: RollupBatch,
  stored: RollupPosition | undefined,
  names: SeriesNames,
  record: RecordWriter,
  bounds: SampleBounds,
  slices: Slices,
): Promise<EncodedBatch> {
  const skipped = Math.max(0, (stored?.seq ?? -1) - position.firstSeq + 1)
  const problems: FoundProblem[] = []
  const refuse = (input: RollupInput, reason: FoundProblem['reason'], message: string): void => {
    problems.push({ reason, ...sampleFacts(input, message) })
  }
  const before = record.readings
  for (let at = skipped; at < values.length; at += 1) {
    if (at % samplesAtOnce === 0 && slices.isOver) await slices.pause()
    const input = values[at] as RollupInput
    const reading = readSample(input)
    if (reading.kind === 'refused') {
      refuse(input, reading.reason, reading.message)
    } else if (reading.time > bounds.now + bounds.maxFutureMs) {
      refuse(input, 'in-future', `the sample is more than ${bounds.maxFutureMs} ms ahead of the clock`)
    } else if (reading.time < bounds.now - bounds.maxPastMs) {
      refuse(input, 'in-past', `the sample is more than ${bounds.maxPastMs} ms behind the clock`)
    } else {
      const series = names.numberOf(input.series.key) ?? addSeries(input.series.key, names, bounds.maxSeries)
      if (typeof series !== 'number') {
        refuse(input, series, refusals[series](bounds.maxSeries))
        continue
      }
      if (reading.kind === 'text' && reading.cut) refuse(input, 'text-cut', 'the text was shortened')
      writeReading(record, series, reading)
    }
  }
  return { count: record.readings - before, skipped, problems }
}

const refusals = {
  'bad-series': () => 'the key is no canonical series name',
  'too-many-series': (most: number) => `there are ${most} series already`,
} as const

/** Gives a series the next number; the reason where it cannot have one. */
function addSeries(key: string, names: SeriesNames, maxSeries: number): number | keyof typeof refusals {
  if (names.size >= maxSeries) return 'too-many-series'
  const parsed = parseSeries(key)
  return parsed.ok && parsed.value.key === key ? names.add(parsed.value) : 'bad-series'
}

function writeReading(record: RecordWriter, series: number, reading: Reading): void {
  switch (reading.kind) {
    case 'numeric': {
      const { time, value, weight, total, event } = reading
      record.number(series, time, value, weight, total, event)
      return
    }
    case 'counter':
      record.counter(series, reading.time, reading.point.value, reading.point.exact)
      return
    case 'text':
      record.text(series, reading.time, reading.point.value, reading.event)
  }
}
