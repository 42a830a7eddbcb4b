import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import {
  createPrometheusParser,
  formatOfContentType,
  parsePrometheus,
  type ExpositionFormat,
  type PrometheusParserOptions,
} from '../../src/prometheus/index.ts'
import { arrival, brief, collect } from '../collect.ts'

const parse = (text: string, options: PrometheusParserOptions = {}) => {
  const { samples, ...outcome } = parsePrometheus(Buffer.from(text), { ...options, time: arrival })
  return { samples: samples.map(brief), ...outcome }
}
const strict = (text: string) => parse(`${text}# EOF\n`, { format: 'openmetrics' })

describe('text 0.0.4', () => {
  it("reads the format's own example", () => {
    const text = `# HELP http_requests_total The total number of HTTP requests.
# TYPE http_requests_total counter
http_requests_total{method="post",code="200"} 1027 1395066363000
http_requests_total{method="post",code="400"}    3 1395066363000

# Escaping in label values:
msdos_file_access_time_seconds{path="C:\\\\DIR\\\\FILE.TXT",error="Cannot find file:\\n\\"FILE.TXT\\""} 1.458255915e9

# Minimalistic line:
metric_without_timestamp_and_labels 12.47

# A weird metric from before the epoch:
something_weird{problem="division by zero"} +Inf -3982045

# TYPE http_request_duration_seconds histogram
http_request_duration_seconds_bucket{le="0.05"} 24054
http_request_duration_seconds_bucket{le="+Inf"} 144320
http_request_duration_seconds_sum 53423
http_request_duration_seconds_count 144320

# TYPE rpc_duration_seconds summary
rpc_duration_seconds{quantile="0.99"} 76656
rpc_duration_seconds_sum 1.7560473e+07
rpc_duration_seconds_count 2693
`
    const { samples, problems, failure, filtered, metadata } = parse(text)
    expect(failure).toBeUndefined()
    expect(problems).toEqual([])
    expect(filtered).toBe(1)
    expect(samples).toEqual([
      'http_requests_total|ST[code:200,method:post] counter 1027 @1395066363000',
      'http_requests_total|ST[code:400,method:post] counter 3 @1395066363000',
      'msdos_file_access_time_seconds|ST[error:b"Q2Fubm90IGZpbmQgZmlsZToKIkZJTEUuVFhUIg==",path:b"QzpcRElSXEZJTEUuVFhU"] gauge 1458255915',
      'metric_without_timestamp_and_labels gauge 12.47',
      'http_request_duration_seconds_bucket|ST[le:0.05] counter 24054',
      'http_request_duration_seconds_bucket|ST[le:b"K0luZg=="] counter 144320',
      'http_request_duration_seconds_sum counter 53423',
      'http_request_duration_seconds_count counter 144320',
      'rpc_duration_seconds|ST[quantile:0.99] gauge 76656',
      'rpc_duration_seconds_sum counter 17560473',
      'rpc_duration_seconds_count counter 2693',
    ])
    expect(metadata).toEqual([
      { name: 'http_requests_total', type: 'counter', help: 'The total number of HTTP requests.' },
      { name: 'http_request_duration_seconds', type: 'histogram' },
      { name: 'rpc_duration_seconds', type: 'summary' },
    ])
  })

  it.each([
    ['blanks and tabs anywhere', '\t up { job = "a" , } \t 1  5 ', ['up|ST[job:a] gauge 1 @5']],
    ['no blank behind a brace', 'up{job="a"}1', ['up|ST[job:a] gauge 1']],
    ['names in quotes', '{"my.metric","a.b"="x"} 2', ['my.metric|ST[a.b:x] gauge 2']],
    [
      'a name in quotes behind labels',
      '{q="0.9","http.status",a="b"} 2',
      ['http.status|ST[a:b,q:0.9] gauge 2'],
    ],
    ['braces and escapes in values', 'a{b="}",c="\\z"} 1', ['a|ST[b:b"fQ==",c:b"XHo="] gauge 1']],
    ['an empty label as none', 'a{b="",c="d"} 1\na{} 2', ['a|ST[c:d] gauge 1', 'a gauge 2']],
    ['comments of any kind', '#\n#HELP\n# HELPFUL\n# \xff\n', []],
    [
      'whole numbers beyond 2^53',
      '# TYPE a counter\na 18446744073709551615',
      ['a counter 18446744073709552000 =18446744073709551615'],
    ],
    [
      'the type that was said last',
      '# TYPE a gauge\na{b="1"} 1\n# TYPE a counter\na{b="2"} 1\n',
      ['a|ST[b:1] gauge 1', 'a|ST[b:2] counter 1'],
    ],
    [
      'families that are torn apart',
      '# TYPE a counter\n# TYPE b gauge\nb 1\na 2\nc 3\nb{x="1"} 4',
      ['b gauge 1', 'a counter 2', 'c gauge 3', 'b|ST[x:1] gauge 4'],
    ],
  ])('reads %s', (_, text, samples) => {
    expect(parse(text)).toMatchObject({ samples, problems: [] })
  })

  it('leaves out what is no number, and counts it', () => {
    expect(parse('a NaN\nb -inf\nc +Infinity\nd 1\n')).toMatchObject({ samples: ['d gauge 1'], filtered: 3 })
  })

  it('knows a series again, whatever its type is by then', () => {
    const parser = createPrometheusParser()
    const types = ['gauge', 'counter', 'untyped', 'summary', 'counter']
    const kinds = types.map((type) => collect(parser, `# TYPE a ${type}\na{b="c"} 1\n`).samples[0]?.kind)
    expect(kinds).toEqual(['gauge', 'counter', 'gauge', 'gauge', 'counter'])
    expect(collect(parser, '# TYPE a histogram\na_count 1\n').samples.map(brief)).toEqual([
      'a_count counter 1',
    ])
    expect(collect(parser, 'a_count 1\n').samples.map(brief)).toEqual(['a_count gauge 1'])
  })

  it('leaves one sample out where only that is wrong', () => {
    const { samples, problems, failure } = parse(
      `a 1\na 2\nb 1 5\nb 2 6\nc{d="${'x'.repeat(300)}"} 1\ne 1 8640000000000001\n${'f'.repeat(5000)} 1\n`,
    )
    expect(failure).toBeUndefined()
    expect(samples).toEqual(['a gauge 1', 'b gauge 1 @5', 'b gauge 2 @6'])
    expect(problems.map(({ reason }) => reason)).toEqual([
      'repeated',
      'bad-name',
      'bad-timestamp',
      'bad-name',
    ])
  })
})

describe('a series that comes twice on a page', () => {
  const plain = 'a{b="1",c="x\\\\y"}'
  it.each([
    ['in another order', 'a{c="x\\\\y",b="1"}'],
    ['with an empty label', 'a{b="1",c="x\\\\y",d=""}'],
    ['with blanks', 'a { b = "1" , c = "x\\\\y" , }'],
    ['with its name in quotes', '{"a",b="1",c="x\\\\y"}'],
    ['with a label in quotes', 'a{"b"="1",c="x\\\\y"}'],
    ['with what is no escape', 'a{b="1",c="x\\y"}'],
  ])('is told of where it is written %s, whichever comes first, on each page anew', (_, other) => {
    const parser = createPrometheusParser()
    for (const [first, second] of [
      [plain, other],
      [other, plain],
      [other, other],
      [other, plain],
    ] as const) {
      const { samples, problems } = collect(parser, `${first} 1\n${second} 2\nb 3\n`)
      expect(samples.map(({ value }) => value)).toEqual([1, 3])
      expect(problems.map(({ reason }) => reason)).toEqual(['repeated'])
    }
    const alone = collect(parser, `${other} 4\n`)
    expect([alone.samples.length, alone.problems]).toEqual([1, []])
  })

  it('is told of whatever the order of its labels, and no other is', () => {
    const label = fc.tuple(
      fc.constantFrom('a', 'b', 'é', 'B_1'),
      fc.constantFrom('', '1', '\\', '"', '\n', 'é'),
    )
    const pages = fc.array(fc.uniqueArray(label, { selector: ([name]) => name, maxLength: 4 }), {
      maxLength: 12,
    })
    const quoted = (text: string) =>
      `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`
    fc.assert(
      fc.property(fc.array(pages, { maxLength: 3 }), (all) => {
        const parser = createPrometheusParser()
        for (const page of all) {
          const text = page.map((labels) => {
            const written = labels.map(([name, value]) => `${quoted(name)}=${quoted(value)}`)
            return `m{${written.join(',')}} 1\n`
          })
          const names = page.map((labels) =>
            JSON.stringify(labels.filter(([, value]) => value !== '').toSorted()),
          )
          const { samples, problems } = collect(parser, text.join(''))
          expect(samples).toHaveLength(new Set(names).size)
          expect(problems).toHaveLength(names.length - samples.length)
        }
      }),
    )
  })
})

describe('OpenMetrics', () => {
  it('reads families, times, exemplars and units', () => {
    const { samples, exemplars, metadata, failure } = strict(`# TYPE rpc_seconds counter
# UNIT rpc_seconds seconds
# HELP rpc_seconds Time \\"spent\\".
rpc_seconds_total{a="b"} 17 1520879607.789 # {trace_id="KOO",b="#"} 0.67 1520879606.5
rpc_seconds_created{a="b"} 1520430000.123 1520879607.789
# TYPE build info
build_info{version="1"} 1
# TYPE mode stateset
mode{mode="on"} 1
mode{mode="off"} 0
plain 4
`)
    expect(failure).toBeUndefined()
    expect(samples).toEqual([
      'rpc_seconds_total|ST[a:b] counter 17 @1520879607789',
      'rpc_seconds_created|ST[a:b] gauge 1520430000.123 @1520879607789',
      'build_info|ST[version:1] gauge 1',
      'mode|ST[mode:on] gauge 1',
      'mode|ST[mode:off] gauge 0',
      'plain gauge 4',
    ])
    expect(exemplars).toMatchObject([
      {
        series: { key: 'rpc_seconds_total|ST[a:b]' },
        sampleTime: 1_520_879_607_789,
        labels: { trace_id: 'KOO', b: '#' },
        value: 0.67,
        time: 1_520_879_606_500,
      },
    ])
    expect(metadata).toEqual([
      { name: 'rpc_seconds', type: 'counter', unit: 'seconds', help: 'Time "spent".' },
      { name: 'build', type: 'info' },
      { name: 'mode', type: 'stateset' },
    ])
  })

  it('gives a gauge histogram as gauges', () => {
    const { samples } = strict(
      '# TYPE a gaugehistogram\na_bucket{le="1"} 1\na_bucket{le="+Inf"} 3\na_gcount 3\na_gsum 2\n',
    )
    expect(samples.map((one) => one.split(' ')[1])).toEqual(Array(4).fill('gauge'))
  })
})

it.each<[string | undefined, ExpositionFormat | undefined]>([
  [undefined, 'prometheus'],
  ['', 'prometheus'],
  ['text/plain', 'prometheus'],
  ['Text/Plain; charset=utf-8; version="0.0.4"', 'prometheus'],
  ['text/plain; version=0.0.3', undefined],
  ['application/openmetrics-text', 'openmetrics'],
  ['application/openmetrics-text; version=1.0.0; charset=utf-8', 'openmetrics'],
  ['application/openmetrics-text; version=2.0.0', undefined],
  ['application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily', undefined],
  ['text/html', undefined],
])('tells the format of %s', (type, format) => {
  expect(formatOfContentType(type)).toBe(format)
})

describe('a limit', () => {
  it.each<[string, PrometheusParserOptions, string, string]>([
    ['of lines', { maxLineBytes: 10 }, 'a_long_name 1\n', 'line-too-long'],
    ['of an exposition', { maxBodyBytes: 5 }, 'abcd 1\n', 'body-too-large'],
    ['of samples', { maxSamples: 2 }, 'a 1\nb 1\nc 1\n', 'too-many-values'],
  ])('%s refuses all', (_, options, text, reason) => {
    expect(parse(text, options)).toMatchObject({ failure: { reason }, samples: [] })
  })

  it('of labels leaves the series out', () => {
    expect(parse('a{b="1",c="2"} 1\nd 1\n', { maxLabels: 1 })).toMatchObject({
      samples: ['d gauge 1'],
      problems: [{ reason: 'bad-name' }],
    })
  })

  it('that cannot be is refused at the call', () => {
    for (const wrong of [{ maxLineBytes: 0 }, { format: 'json' as never }, { maxLines: 1 } as never])
      expect(() => createPrometheusParser(wrong)).toThrow('PROTOCOL_BAD_OPTION')
  })
})

describe('histograms as bins', () => {
  const bins = (text: string) => parsePrometheus(Buffer.from(text), { histograms: 'bins', time: 1 })

  it('become one sample beside the sum, with the count of each bucket in the bin of its middle', () => {
    const { samples, problems } = bins(`# TYPE a histogram
a_bucket{x="y",le="1"} 2
a_bucket{x="y",le="3"} 5
a_bucket{x="y",le="+Inf"} 6
a_sum{x="y"} 12.5
a_count{x="y"} 6
`)
    expect(problems).toEqual([])
    expect(samples.map(brief)).toEqual([
      'a_sum|ST[x:y] counter 12.5 @1',
      'a|ST[x:y] histogram {"bins":[{"value":50,"exponent":-1,"count":2},{"value":20,"exponent":0,"count":3},{"value":30,"exponent":0,"count":1}]} @1',
    ])
  })

  it('take the rest from the count where the last bucket is missing, whatever the order', () => {
    const { samples } = bins('# TYPE a histogram\na_count 9\na_bucket{le="3"} 5\na_bucket{le="1"} 5\n')
    expect(samples.map(brief)).toEqual([
      'a histogram {"bins":[{"value":50,"exponent":-1,"count":5},{"value":30,"exponent":0,"count":4}]} @1',
    ])
  })

  it.each([
    ['the bucket of all alone', 'a_bucket{le="+Inf"} 6\na_sum 12.5\na_count 6\n', ['bucket 6', 'count 6']],
    ['no bucket', 'a_sum 12.5\na_count 6\n', ['count 6']],
  ])('stay counters, and are told, with %s: where their measurements lie is not known', (_, text, left) => {
    const { samples, problems } = bins(`# TYPE a histogram\n${text}`)
    expect(samples.map(({ kind }) => kind)).toEqual(Array(left.length + 1).fill('counter'))
    const [sum, ...others] = samples.map(({ series, value }) => `${series.metric.slice(2)} ${Number(value)}`)
    expect(sum).toMatch(/^sum /)
    expect(others).toEqual(left)
    expect(problems).toMatchObject([
      { reason: 'unsupported', message: expect.stringContaining('finite bound') },
    ])
  })

  it('have no bins without a measurement, whatever the bounds', () => {
    const { samples, problems } = bins('# TYPE a histogram\na_bucket{le="+Inf"} 0\na_count 0\n')
    expect([samples.map(brief), problems]).toEqual([['a histogram {"bins":[]} @1'], []])
  })

  it.each([
    ['a bound that is none', 'a_bucket{le="x"} 1\n'],
    ['no bound', 'a_bucket 1\n'],
    ['buckets that fall', 'a_bucket{le="1"} 2\na_bucket{le="2"} 1\n'],
    ['a count that is no number', 'a_bucket{le="1"} NaN\na_bucket{le="+Inf"} 2\n'],
    ['half a measurement', 'a_bucket{le="1"} 0.5\n'],
    ['a bound that no bin has', 'a_bucket{le="1e300"} 1\na_bucket{le="+Inf"} 2\n'],
  ])('are a problem with %s', (_, text) => {
    const { samples, problems } = bins(`# TYPE a histogram\n${text}`)
    expect([samples, problems.map(({ reason }) => reason)]).toEqual([[], ['bad-value']])
  })
})
