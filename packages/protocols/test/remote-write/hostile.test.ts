import { describe, it } from 'vitest'

import { expectRefused, now, type Hostile } from './hostile.ts'
import {
  bytesField,
  histogramMessage,
  newerMessage,
  olderRequest,
  refsField,
  sampleMessage,
} from './messages.ts'

const empty = bytesField(2, new Uint8Array(0))

describe('a receiver bears', () => {
  it.for<Hostile>([
    [
      'a million samples of two bytes each',
      '1.0',
      () =>
        bytesField(
          1,
          Buffer.concat([
            bytesField(
              1,
              Buffer.concat([bytesField(1, Buffer.from('__name__')), bytesField(2, Buffer.from('a'))]),
            ),
            Buffer.alloc(2_000_000, empty),
          ]),
        ),
      413,
    ],
    [
      'a million series of nothing',
      '1.0',
      () => Buffer.alloc(2_000_000, bytesField(1, new Uint8Array(0))),
      413,
    ],
    [
      'a million texts of nothing',
      '2.0',
      () => Buffer.alloc(2_000_000, bytesField(4, new Uint8Array(0))),
      413,
    ],
    [
      '90,000 series that all refer to one text of 8 kB',
      '2.0',
      () =>
        newerMessage(
          ['', '__name__', 'a', 'text', 'x'.repeat(8000)],
          Array.from({ length: 90_000 }, (_, at) =>
            Buffer.concat([refsField([1, 2, 3, 4]), bytesField(2, sampleMessage({ value: at, time: now }))]),
          ),
        ),
      413,
    ],
    [
      'a histogram of a million buckets',
      '1.0',
      () =>
        bytesField(
          1,
          bytesField(
            4,
            Buffer.concat([bytesField(12, Buffer.alloc(1_000_000)), histogramMessage({ schema: 0 })]),
          ),
        ),
      400,
    ],
    [
      'a histogram with a span of 4 billion',
      '1.0',
      () =>
        olderRequest([
          {
            labels: [['__name__', 'a']],
            histograms: [
              { count: 1, schema: 0, time: now, positive: { spans: [[0, 2 ** 32 - 1]], counts: [1] } },
            ],
          },
        ]),
      400,
    ],
    [
      'one label of 4 MB',
      '1.0',
      () => olderRequest([{ labels: [['__name__', 'x'.repeat(4_000_000)]], samples: [{ time: now }] }]),
      400,
    ],
  ])('%s, refuses it, and takes what comes next', (hostile) => expectRefused(hostile))
})
