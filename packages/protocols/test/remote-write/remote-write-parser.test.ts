import { describe, expect, it } from 'vitest'

import {
  bytesField,
  doubleField,
  type Label,
  labelMessage,
  metadataMessage,
  newerMessage,
  newerRequest,
  numberField,
  olderRequest,
  refsField,
  sampleMessage,
  seriesMessage,
  type SeriesFields,
  staleNan,
  varint,
} from './messages.ts'
import { arrival, createReader, type Read, readNewer, readOlder } from './reading.ts'

const named = (name: string, ...labels: readonly Label[]): readonly Label[] => [['__name__', name], ...labels]
const one = (labels: readonly Label[], value = 1, time = arrival): SeriesFields => ({
  labels,
  samples: [{ value, time }],
})

/** The same series in both versions. */
const both: readonly (readonly [string, (series: readonly SeriesFields[]) => Read])[] = [
  ['1.0', (series) => readOlder(olderRequest(series))],
  ['2.0', (series) => readNewer(newerRequest(series))],
]

describe.each(both)('a request of %s', (_, read) => {
  it('is a sample for each value, with its series, in order', () => {
    const labels = named('up', ['instance', 'a:9100'], ['job', 'node'])
    const { samples, outcome } = read([
      {
        labels,
        samples: [
          { value: 1, time: arrival - 2 },
          { value: -0.5, time: arrival },
        ],
      },
      one(named('load'), 1e300),
    ])
    expect(samples).toMatchObject([
      {
        series: { metric: 'up', tags: { instance: 'a:9100', job: 'node' } },
        value: 1,
        time: arrival - 2,
        receivedAt: arrival,
      },
      { series: { key: 'up|ST[instance:a:9100,job:node]' }, value: -0.5, time: arrival },
      { series: { key: 'load' }, value: 1e300, kind: 'gauge' },
    ])
    expect(samples[1]).not.toHaveProperty('receivedAt')
    expect(outcome).toEqual({ filtered: 0, samples: 3, histograms: 0 })
  })

  it('has 0 for what protobuf leaves out', () => {
    expect(read([{ labels: named('a'), samples: [{}] }]).samples).toMatchObject([{ value: 0, time: 0 }])
  })

  it('has times before 1970', () => {
    expect(read([one(named('a'), 1, -5000)]).samples).toMatchObject([{ time: -5000 }])
  })

  it('tells by the stale marker, bit for bit, that a series is gone', () => {
    const { samples, outcome } = read([{ labels: named('a'), samples: [{ value: staleNan, time: 1 }] }])
    expect(samples).toMatchObject([{ kind: 'stale', value: Number.NaN }])
    expect(outcome).toMatchObject({ samples: 1, filtered: 0 })
  })

  it.each([
    ['the NaN of most languages', Uint8Array.of(0, 0, 0, 0, 0, 0, 0xf8, 0x7f)],
    ["Prometheus' own NaN", Uint8Array.of(1, 0, 0, 0, 0, 0, 0xf8, 0x7f)],
    ['the stale marker with a sign', Uint8Array.of(2, 0, 0, 0, 0, 0, 0xf0, 0xff)],
    ['infinity', Infinity],
    ['minus infinity', -Infinity],
  ])('leaves out %s, which measures nothing, and says so in its count', (__, value) => {
    const { samples, problems, outcome } = read([
      {
        labels: named('a'),
        samples: [
          { value, time: 1 },
          { value: 2, time: 2 },
        ],
      },
    ])
    expect([samples.length, problems, outcome]).toMatchObject([1, [], { samples: 2, filtered: 1 }])
  })

  it.each([
    ['no name', [['job', 'x']] as const, 'a series has a label __name__'],
    ['no label', [] as const, 'a series has a label __name__'],
    [
      'labels that are not sorted',
      [
        ['b', '1'],
        ['__name__', 'a'],
      ] as const,
      'labels are sorted by their names',
    ],
    [
      'a label twice',
      [
        ['__name__', 'a'],
        ['b', '1'],
        ['b', '2'],
      ] as const,
      'a series has each label once',
    ],
    [
      'a label twice with one value',
      [
        ['__name__', 'a'],
        ['b', '1'],
        ['b', '1'],
      ] as const,
      'a series has each label once',
    ],
    [
      'a name twice',
      [
        ['__name__', 'a'],
        ['__name__', 'b'],
      ] as const,
      'a series has each label once',
    ],
    [
      'a label without value',
      [
        ['__name__', 'a'],
        ['b', ''],
      ] as const,
      'names and values of labels are not empty',
    ],
    [
      'a label without name',
      [
        ['', 'a'],
        ['__name__', 'a'],
      ] as const,
      'names and values of labels are not empty',
    ],
    ['a name of blanks', [['__name__', ' ']] as const, 'a series needs a metric name'],
    [
      'a label too long for a tag',
      [
        ['__name__', 'a'],
        ['b', 'x'.repeat(300)],
      ] as const,
      'a tag has at most 256',
    ],
    [
      'labels too long for anything',
      [['__name__', 'x'.repeat(20_000)]] as const,
      'the labels of a series have at most 16384 bytes',
    ],
  ])('refuses a series with %s, and takes the others', (__, labels: readonly Label[], message) => {
    const { lines, problems, outcome } = read([one(named('before')), one(labels), one(named('behind'))])
    expect(lines).toEqual(['before gauge 1', 'behind gauge 1'])
    expect(problems).toMatchObject([{ reason: 'bad-name', message: expect.stringContaining(message) }])
    expect(outcome).toEqual({ filtered: 1, samples: 2, histograms: 0 })
  })

  it('takes names that only look dangerous as any other', () => {
    const labels = named('__proto__', ['__proto__', 'x'], ['constructor', 'hasOwnProperty'])
    expect(read([one(labels), one(named('toString'))]).lines).toEqual([
      '__proto__|ST[__proto__:x,constructor:hasOwnProperty] gauge 1',
      'toString gauge 1',
    ])
  })

  it('takes names of UTF-8, sorted by their bytes', () => {
    // In UTF-16 the second of the two comes first.
    const { samples, problems } = read([one(named('température', ['\uff5e', 'a'], ['\u{1f600}', 'b']))])
    expect(problems).toEqual([])
    expect(samples[0]?.series.tags).toEqual({ '\uff5e': 'a', '\u{1f600}': 'b' })
  })

  it('refuses what is later than it can be, and takes the rest of the series', () => {
    const { samples, problems, outcome } = read([
      {
        labels: named('a'),
        samples: [
          { value: 1, time: arrival + 600_000 },
          { value: 2, time: arrival + 600_001 },
        ],
      },
    ])
    expect(samples).toMatchObject([{ value: 1 }])
    expect(problems).toMatchObject([
      { reason: 'bad-timestamp', message: 'a sample is at most 600000 ms later than it arrives' },
    ])
    expect(outcome).toMatchObject({ samples: 1, filtered: 1 })
  })

  it.each([2n ** 63n - 1n, -(2n ** 63n), 8_640_000_000_000_001n])(
    'refuses the time %s, which no date has',
    (time) => {
      expect(read([{ labels: named('a'), samples: [{ value: 1, time }] }])).toMatchObject({
        samples: [],
        problems: [{ reason: 'bad-timestamp' }],
      })
    },
  )

  it('has no place for exemplars, and says how many it left out', () => {
    const exemplars = [{ labels: [['trace_id', 'x']] as const, value: 1, time: 1 }]
    const { samples, problems, outcome } = read([{ ...one(named('a')), exemplars }])
    expect([samples.length, problems, outcome]).toMatchObject([1, [], { filtered: 1, samples: 1 }])
  })
})

describe('labels that are not sorted', () => {
  const labels: readonly Label[] = [
    ['job', 'x'],
    ['__name__', 'a'],
    ['env', 'y'],
  ]

  it('are taken where that is wanted, and are the same series', () => {
    const read = createReader({ unsortedLabels: true })
    const { lines } = read(olderRequest([one(labels), one(labels.toSorted())]))
    expect(lines).toEqual(['a|ST[env:y,job:x] gauge 1', 'a|ST[env:y,job:x] gauge 1'])
  })

  it.each([true, false])('are still taken once each only (%s)', (unsortedLabels) => {
    const twice: readonly Label[] = [
      ['b', '1'],
      ['__name__', 'a'],
      ['b', '1'],
    ]
    expect(readOlder(olderRequest([one(twice)]), { unsortedLabels }).problems).toMatchObject([
      { message: 'a series has each label once' },
    ])
  })
})

describe('the kind of a sample', () => {
  const series = (name: string, ...labels: readonly Label[]): SeriesFields => one(named(name, ...labels))
  const all = [
    series('hits'),
    series('hits_total'),
    series('took_bucket', ['le', '0.5']),
    series('took_count'),
    series('took_sum'),
    series('took'),
    series('pool_count'),
    series('odd_bucket'),
  ]
  const kinds = ({ samples }: Read): readonly string[] => samples.map(({ kind }) => kind)
  const asNamed = ['gauge', 'counter', 'counter', 'gauge', 'gauge', 'gauge', 'gauge', 'gauge']

  it('is that of the name where nothing has been said', () => {
    expect(kinds(readOlder(olderRequest(all)))).toEqual(asNamed)
    expect(kinds(readNewer(newerRequest(all)))).toEqual(asNamed)
  })

  it('is what metadata of 1.0 says from then on, also to series that are known', () => {
    const read = createReader()
    expect(kinds(read(olderRequest(all)))).toEqual(asNamed)
    const said = [metadataMessage(1, 'hits'), metadataMessage(3, 'took'), metadataMessage(2, 'pool_count')]
    expect(read(olderRequest([], said)).outcome).toEqual({ filtered: 0, samples: 0, histograms: 0 })
    expect(kinds(read(olderRequest(all)))).toEqual([
      ...['counter', 'counter', 'counter', 'counter', 'counter', 'gauge', 'gauge', 'gauge'],
    ])
    read(olderRequest([], [metadataMessage(2, 'hits_total'), metadataMessage(4, 'took')]))
    expect(kinds(read(olderRequest(all))).slice(0, 6)).toEqual([
      'counter',
      'gauge',
      'gauge',
      'gauge',
      'gauge',
      'gauge',
    ])
  })

  it('is what metadata of the same request says', () => {
    expect(kinds(readOlder(olderRequest([series('hits')], [metadataMessage(1, 'hits')])))).toEqual([
      'counter',
    ])
  })

  it('is, in a summary, a counter for what adds up, and a gauge for its quantiles', () => {
    const summary = [
      series('took', ['quantile', '0.5']),
      series('took_count'),
      series('took_sum'),
      series('took_bucket'),
    ]
    const said = [metadataMessage(5, 'took')]
    expect(kinds(readOlder(olderRequest(summary, said)))).toEqual(['gauge', 'counter', 'counter', 'gauge'])
  })

  it('is what a series of 2.0 says of itself', () => {
    const typed = (type: number, name: string): SeriesFields => ({
      ...series(name),
      type,
      help: 'h',
      unit: 's',
    })
    const request = newerRequest([
      typed(1, 'hits'),
      typed(2, 'hits_total'),
      typed(3, 'took_count'),
      typed(5, 'took'),
      typed(4, 'took_sum'),
      typed(99, 'x'),
    ])
    expect(kinds(readNewer(request))).toEqual(['counter', 'gauge', 'counter', 'gauge', 'gauge', 'gauge'])
  })

  it('is kept for so many bytes of names only', () => {
    const read = createReader({ maxNameBytes: 10_000 })
    read(olderRequest([], [metadataMessage(1, 'hits')]))
    read(
      olderRequest(
        [],
        Array.from({ length: 20 }, (_, at) => metadataMessage(1, `other_${at}`)),
      ),
    )
    expect(kinds(read(olderRequest([series('hits'), series('other_19')])))).toEqual(['gauge', 'counter'])
  })

  it('is not spoilt by metadata that is none, which is told of', () => {
    const { problems, samples } = readOlder(olderRequest([series('hits')], [numberField(1, 1)]))
    expect(problems).toMatchObject([
      { reason: 'malformed', message: 'metadata is a message of protobuf with a name' },
    ])
    expect(samples).toHaveLength(1)
  })
})

describe('a request of 2.0', () => {
  const sample = bytesField(2, sampleMessage({ value: 1, time: arrival }))
  const good = Buffer.concat([refsField([1, 2]), sample])
  const symbols = ['', '__name__', 'a']

  it('finds the same series as one of 1.0', () => {
    const read = createReader()
    const series = one(named('a', ['b', 'x'.repeat(200)]))
    const [older] = read(olderRequest([series]), '1.0').samples
    const [newer] = read(newerRequest([series]), '2.0').samples
    expect(newer?.series).toBe(older?.series)
  })

  it('has references packed, one by one, or both', () => {
    const single = Buffer.concat([numberField(1, 1), numberField(1, 2), sample])
    const mixed = Buffer.concat([refsField([1]), numberField(1, 2), sample])
    expect(readNewer(newerMessage(symbols, [good, single, mixed])).lines).toEqual([
      'a gauge 1',
      'a gauge 1',
      'a gauge 1',
    ])
  })

  it('has its texts wherever they stand', () => {
    const request = Buffer.concat([bytesField(5, good), newerMessage(symbols, [])])
    expect(readNewer(request).lines).toEqual(['a gauge 1'])
  })

  it.each([
    ['an odd number of references', refsField([1, 2, 1]), 'come in pairs'],
    ['a reference to what is not there', refsField([1, 3]), 'is to a symbol'],
    [
      'a reference beyond 32 bits',
      bytesField(1, Buffer.concat([varint(1), varint(2n ** 32n + 1n)])),
      'is to a symbol',
    ],
    ['a reference that is cut off', bytesField(1, Buffer.of(1, 0x80)), 'is a number'],
    ['references as doubles', doubleField(1, 1), 'is a number'],
    ['no references', Buffer.alloc(0), 'has a label __name__'],
    [
      'more references than any series has',
      refsField(Array.from({ length: 600 }, () => 1)),
      'at most 256 tags',
    ],
  ])('refuses a series with %s, and takes the others', (_, refs, message) => {
    const { lines, problems, outcome } = readNewer(
      newerMessage(symbols, [good, Buffer.concat([refs, sample]), good]),
    )
    expect(lines).toEqual(['a gauge 1', 'a gauge 1'])
    expect(problems).toMatchObject([{ message: expect.stringContaining(message) }])
    expect(outcome).toMatchObject({ samples: 2, filtered: 1 })
  })

  it.each([
    ['help that is not there', bytesField(5, numberField(3, 9))],
    ['a unit that is not there', bytesField(5, numberField(4, 9))],
    ['a type that is a text', bytesField(5, bytesField(1, Buffer.from('x')))],
    ['metadata that is no message', bytesField(5, Buffer.of(0xff))],
    ['metadata that is a number', numberField(5, 1)],
  ])('refuses a series whose metadata refers to %s', (_, metadata) => {
    expect(readNewer(newerMessage(symbols, [Buffer.concat([good, metadata])]))).toMatchObject({
      samples: [],
      problems: [{ reason: 'malformed' }],
      outcome: { filtered: 1 },
    })
  })

  it('refuses a series without any value', () => {
    expect(readNewer(newerMessage(symbols, [refsField([1, 2])])).problems).toMatchObject([
      { message: 'a series has samples, histograms or exemplars' },
    ])
  })

  it('refuses an exemplar that refers to what is not there, and takes the sample', () => {
    const exemplar = bytesField(4, Buffer.concat([refsField([1, 9]), doubleField(2, 1)]))
    const { lines, problems } = readNewer(newerMessage(symbols, [Buffer.concat([good, exemplar])]))
    expect(lines).toEqual(['a gauge 1'])
    expect(problems).toMatchObject([{ message: 'a reference is to a symbol of the request' }])
  })

  it('reads over when something began, in the place of today and in the old one', () => {
    const start = arrival - 3_600_000
    const series = { labels: named('a'), samples: [{ value: 1, time: arrival, start }], created: start }
    expect(readNewer(newerRequest([series]))).toMatchObject({ problems: [], samples: [{ time: arrival }] })
  })
})

describe('a message', () => {
  const good = bytesField(1, seriesMessage(one(named('a'))))

  it.each([
    ['that is cut off', good.subarray(0, -1)],
    ['with something behind it', Buffer.concat([good, Buffer.of(0x0a)])],
    ['that is a text', Buffer.from('{"a":1}')],
    ['whose series is a number', Buffer.concat([good, numberField(1, 1)])],
    ['whose metadata is a number', Buffer.concat([good, numberField(3, 1)])],
  ])('%s is not taken at all', (_, bytes) => {
    const { samples, outcome } = readOlder(bytes)
    expect(samples).toEqual([])
    expect(outcome.stopped).toMatchObject({
      reason: 'malformed',
      message: 'the body is no message of protobuf',
    })
  })

  it.each([
    ['1.0', '2.0', newerRequest([one(named('a'))])],
    ['2.0', '1.0', olderRequest([one(named('a'))])],
  ] as const)('of another version than %s is told of, not read as empty', (version, _, bytes) => {
    const { outcome, samples } = createReader()(bytes, version)
    expect([samples, outcome.stopped]).toMatchObject([
      [],
      {
        reason: 'unsupported',
        message: `the body is not the message of version ${version}, as its type says`,
      },
    ])
  })

  it.each([
    ['nothing', Buffer.alloc(0)],
    ['fields that nobody knows yet', Buffer.concat([numberField(200, 1), bytesField(17, Buffer.from('x'))])],
  ])('of %s is empty', (_, bytes) => {
    expect(readOlder(bytes)).toMatchObject({ samples: [], problems: [], outcome: { samples: 0 } })
  })

  const label = bytesField(1, labelMessage(['__name__', 'a']))
  const sample = bytesField(2, sampleMessage({ value: 1, time: 5 }))
  it.each([
    ['samples first', Buffer.concat([sample, label])],
    [
      'a time before its value',
      Buffer.concat([label, bytesField(2, Buffer.concat([numberField(2, 5), doubleField(1, 1)]))]),
    ],
    ['a field that nobody knows yet', Buffer.concat([label, sample, numberField(9, 1)])],
    [
      'a longer length than it must have',
      Buffer.concat([
        label,
        Buffer.of(0x12, 0x80 | sampleMessage({ value: 1, time: 5 }).length, 0),
        sampleMessage({ value: 1, time: 5 }),
      ]),
    ],
    [
      'a value that comes twice, of which the last counts',
      Buffer.concat([
        label,
        bytesField(2, Buffer.concat([doubleField(1, 9), doubleField(1, 1), numberField(2, 5)])),
      ]),
    ],
  ])('of a series with %s is the same', (_, series) => {
    expect(readOlder(bytesField(1, series)).samples).toMatchObject([
      { series: { key: 'a' }, value: 1, time: 5 },
    ])
  })

  it.each([
    [
      'labels apart',
      Buffer.concat([label, sample, bytesField(1, labelMessage(['b', 'x']))]),
      'stand together',
    ],
    ['a label that is a number', Buffer.concat([numberField(1, 1), sample]), 'no message'],
    [
      'a label of numbers',
      Buffer.concat([bytesField(1, numberField(1, 1)), sample]),
      'a label is no message',
    ],
    [
      'a label that is cut off',
      Buffer.concat([bytesField(1, Buffer.of(0x0a, 9)), sample]),
      'a label is no message',
    ],
    [
      'a label that is no UTF-8',
      Buffer.concat([
        bytesField(
          1,
          Buffer.concat([bytesField(1, Buffer.from('__name__')), bytesField(2, Buffer.of(0xff))]),
        ),
        sample,
      ]),
      'UTF-8',
    ],
    ['a sample that is a number', Buffer.concat([label, numberField(2, 1)]), 'a series is no message'],
    [
      'a value that is a number',
      Buffer.concat([label, bytesField(2, numberField(1, 1))]),
      'a sample is no message',
    ],
    [
      'a time that is a double',
      Buffer.concat([label, bytesField(2, doubleField(2, 1))]),
      'a sample is no message',
    ],
    [
      'a sample that is cut off',
      Buffer.concat([label, bytesField(2, Buffer.of(0x09, 1))]),
      'a sample is no message',
    ],
    [
      'an exemplar that is cut off',
      Buffer.concat([label, bytesField(3, Buffer.of(0x09, 1))]),
      'an exemplar is no message',
    ],
    ['an end too early', Buffer.concat([label, sample, Buffer.of(0x12)]), 'a series is no message'],
  ])('with a series of %s is taken without that', (_, series, message) => {
    const { lines, problems } = readOlder(Buffer.concat([good, bytesField(1, series), good]))
    expect(lines).toEqual(['a gauge 1', 'a gauge 1'])
    expect(problems).toMatchObject([{ message: expect.stringContaining(message) }])
  })

  it.each(['1.0', '2.0'] as const)('of %s has at most so many values', (version) => {
    const request = version === '1.0' ? olderRequest : newerRequest
    const samples = Array.from({ length: 7 }, (_, at) => ({ value: at, time: at }))
    const read = createReader({ maxValues: 10 })
    const many = read(
      request([
        { labels: named('a'), samples },
        { labels: named('a'), samples },
      ]),
      version,
    )
    expect(many.samples).toHaveLength(10)
    expect(many.outcome.stopped).toMatchObject({ reason: 'too-many-values' })
    const manySeries = read(request(Array.from({ length: 11 }, (_, at) => one(named(`a${at}`)))), version)
    expect([manySeries.samples, manySeries.outcome.stopped]).toMatchObject([
      [],
      { reason: 'too-many-values' },
    ])
  })

  it('of 2.0 has at most so many bytes of labels, those of each series written out as 1.0 has them', () => {
    const labels = [...named('a'), ['text', 'x'.repeat(200)]] as const
    const bytes = Buffer.concat(labels.map((label) => bytesField(1, labelMessage(label)))).length
    const series = Array.from({ length: 5 }, () => one(labels))
    const [fits, beyond] = [5 * bytes, 5 * bytes - 1].map((maxLabelBytes) =>
      readNewer(newerRequest(series), { maxLabelBytes }),
    )
    expect([fits?.samples.length, fits?.outcome.stopped]).toEqual([5, undefined])
    expect([beyond?.samples.length, beyond?.problems]).toEqual([4, []])
    expect(beyond?.outcome.stopped).toMatchObject({
      reason: 'too-many-values',
      message: `a request has at most ${5 * bytes - 1} bytes of labels, those of each series written out`,
    })
    expect(readOlder(olderRequest(series), { maxLabelBytes: 1 }).samples).toHaveLength(5)
  })
})
