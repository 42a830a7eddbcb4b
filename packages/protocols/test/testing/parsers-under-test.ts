import { createCollectdParser } from '../../src/collectd/collectd-parser.ts'
import { createGraphiteParser } from '../../src/graphite/graphite-parser.ts'
import { createPickleParser } from '../../src/graphite/pickle-parser.ts'
import { perfdataSamples } from '../../src/nagios/perfdata-samples.ts'
import { parsePluginOutput } from '../../src/nagios/plugin-output.ts'
import { createPrometheusParser } from '../../src/prometheus/parser/prometheus-parser.ts'
import { createHttpTrapParser } from '../../src/http-trap/trap-parser.ts'
import { createInfluxParser } from '../../src/influx/influx-parser.ts'
import { createRemoteWriteParser } from '../../src/remote-write/remote-write-parser.ts'
import type { RemoteWriteVersion } from '../../src/remote-write/request-reading.ts'
import { createStatsdParser } from '../../src/statsd/statsd-parser.ts'
import type { ParserUnderTest, TestedParser } from '../../src/testing/index.ts'
import {
  absolute,
  counter,
  derive,
  gauge,
  highResolution,
  number,
  simple,
  text,
  values,
} from '../collectd/packets.ts'
import {
  metadataMessage,
  newerRequest,
  olderRequest,
  type SeriesFields,
  staleNan,
} from '../remote-write/messages.ts'

const maxNameBytes = 1_000_000
const long = 'x'.repeat(4000)

/** What it says of the rest of a body is a problem as any other. */
const trap = (): TestedParser => {
  const parser = createHttpTrapParser({ maxNameBytes })
  return {
    parse(bytes, receivedAt, sink) {
      const { filtered, stopped } = parser.parse(bytes, receivedAt, sink)
      if (stopped !== undefined) sink.problem(stopped)
      return filtered
    },
  }
}

/** What a plugin printed, with its texts as the answer, and names that can be no series as problems of the whole. */
const plugin = (): TestedParser => ({
  parse(bytes, receivedAt, sink) {
    const { items, problems, ...texts } = parsePluginOutput(bytes)
    for (const problem of problems) sink.problem(problem)
    const made = perfdataSamples(items, { time: receivedAt })
    for (const sample of made.samples) sink.sample(sample)
    for (const { reason, message } of made.problems)
      sink.problem({ reason, message, start: 0, end: bytes.length })
    return texts
  },
})
/** Why all of an exposition is refused is a problem as any other. */
const exposition = (format: 'prometheus' | 'openmetrics', histograms?: 'bins'): TestedParser => {
  const parser = createPrometheusParser({ format, histograms, maxNameBytes })
  return {
    parse(bytes, receivedAt, sink) {
      const { failure, ...outcome } = parser.parse(bytes, receivedAt, sink)
      if (failure !== undefined) sink.problem(failure)
      return outcome
    },
  }
}

const remoteWrite = (version: RemoteWriteVersion) => (): TestedParser => {
  const parser = createRemoteWriteParser({ maxNameBytes })
  return {
    parse(bytes, receivedAt, sink) {
      const { stopped, ...counts } = parser.parse(bytes, receivedAt, sink, version)
      if (stopped !== undefined) sink.problem(stopped)
      return counts
    },
  }
}

const requested: readonly SeriesFields[] = [
  {
    labels: [
      ['__name__', 'sent_total'],
      ['job', 'web'],
    ],
    samples: [
      { value: 1.5, time: 1_234_567_890_000 },
      { value: staleNan, time: 1_234_567_890_001 },
    ],
  },
  {
    labels: [['__name__', 'took']],
    histograms: [
      {
        ...{ count: 6, schema: 0, zeroCount: 1, time: 1_234_567_890_000 },
        negative: { spans: [[1, 1]], counts: [2] },
        positive: {
          spans: [
            [0, 1],
            [2, 1],
          ],
          counts: [2, -1],
        },
      },
    ],
  },
]
const ofCustom: SeriesFields = {
  labels: [['__name__', 'size']],
  histograms: [
    {
      ...{ count: 3, schema: -53, bounds: [1, 5], time: 1_234_567_890_000 },
      positive: { spans: [[1, 2]], counts: [1, 1] },
    },
  ],
}

/** Of bounds, with which the message ends, the first bytes say too little to make another bin. */
const isOfBounds = (message: Uint8Array, offset: number): boolean =>
  Buffer.from(message).includes('size') && offset >= message.length - 16

/** A packet of one list of each kind of value, with all names. */
const packet = Buffer.concat([
  ...[text(0, 'h'), number(8, highResolution(1_700_000_000)), text(2, 'p'), text(3, 'i'), text(4, 't')],
  ...[text(5, 'j'), values(gauge(1.5)), values(derive(-1n), counter(2n ** 63n)), values(absolute(7n))],
])

/** The parsers that the suite is run on, each with so many mutations. */
export const parsersUnderTest = (mutations: number): Readonly<Record<string, ParserUnderTest>> => ({
  statsd: {
    create: () => createStatsdParser({ maxNameBytes }),
    corpus: [
      'hits:1|c\nload:0.5|g\nload:+0.25|g\ntime:320|ms|@0.5\nusers:ada|s\n',
      'page.load:1:2:3|d|@0.5|#page:home,env:prod\n',
      'queue;host=web1:12|g\nqueue,host=web1:12|g\r\n',
      'total:18446744073709551615|c|T1700000000\n',
      'depth:3|g\nqueue.depth:-1|g|#host:web\nsent:2|c\n',
    ],
    lines: true,
    names: { message: (index) => `${index}${long}:1|g\n${index}${long}:1|c`, maxKeptBytes: 4 * maxNameBytes },
    mutations,
  },
  graphite: {
    create: () => createGraphiteParser({ maxNameBytes }),
    corpus: [
      'disk.used;host=web1 42.5 1700000000\ncpu 1e3 -1\r\n',
      'big\t18446744073709551615 1700000000.5\n',
    ],
    lines: true,
    names: { message: (index) => `${index}${long} 1 1700000000\n`, maxKeptBytes: 4 * maxNameBytes },
    mutations,
  },
  influx: {
    create: () => createInfluxParser({ maxNameBytes }),
    // Not lines that stand for themselves: a text may hold line feeds.
    corpus: [
      'cpu,host=web1,c\\ d=e\\,f value=1.5,n=-7i 1700000000123456789\nm t=true,f=F\r\n',
      'log,host=web1 text="a \\"b\\"\nc",large=18446744073709551615u 1\n',
    ],
    // Blanks that may be more or others, and digits of a time that are less than half a microsecond.
    ignores: (message, offset) => [0x0d, 0x20].includes(message[offset] ?? 0),
    names: { message: (index) => `${index}${long} value=1\n`, maxKeptBytes: 4 * maxNameBytes },
    mutations,
  },
  'http-trap': {
    create: trap,
    corpus: [
      '{"a":{"b":1.5},"c":[1,"two",true]}',
      '{"n":{"_type":"L","_value":"18446744073709551615","_ts":1700000000000,"_tags":["a:b"]}}',
    ],
    names: { message: (index) => `{"${index}${long}":1}`, maxKeptBytes: 4 * maxNameBytes },
    mutations,
  },
  prometheus: {
    create: () => exposition('prometheus'),
    corpus: [
      '# HELP a Help.\n# TYPE a counter\na{b="c",d="\\"\\\\"} 1.5 1700000000000\nup 1\n',
      '# TYPE h histogram\nh_bucket{le="1"} 2\nh_bucket{le="+Inf"} 3\nh_sum 5\nh_count 3\n',
      '{"my.metric","x.y"="z"} 18446744073709551615\nb 2\n',
    ],
    names: {
      message: (index) => `n${index}${long} 1\n# HELP h${index} ${long}\n`,
      maxKeptBytes: 4 * maxNameBytes,
    },
    mutations,
  },
  'prometheus, buckets as bins': {
    create: () => exposition('prometheus', 'bins'),
    corpus: ['# TYPE h histogram\nh_bucket{le="1"} 2\nh_bucket{le="+Inf"} 3\nh_sum 5\nh_count 3\n'],
    mutations,
  },
  openmetrics: {
    create: () => exposition('openmetrics'),
    corpus: [
      '# TYPE a_seconds counter\n# UNIT a_seconds seconds\n# HELP a_seconds Help.\na_seconds_total{b="c"} 1.5 1700000000.25 # {t="u"} 0.5 3\n# EOF\n',
      '# TYPE h histogram\nh_bucket{le="1"} 2\nh_bucket{le="+Inf"} 3\nh_sum 5\nh_count 3\n# EOF\n',
      '# TYPE s stateset\ns{s="a"} 1\ns{s="b"} 0\n# TYPE i info\ni_info{v="1"} 1\nup 1\n# EOF\n',
    ],
    names: {
      message: (index) => `n${index}${long} 1\n# HELP h${index} ${long}\n# EOF\n`,
      maxKeptBytes: 4 * maxNameBytes,
    },
    mutations,
  },
  'graphite-pickle': {
    create: () => createPickleParser({ maxNameBytes }),
    corpus: ['((Vgood\n(I1\nI2\nttl.', '(lp0\n(Vdisk.used;host=web1\n(F1700000000.5\nF42.5\nttp1\na.'],
    // Where a value is put that nothing gets again.
    ignores: (message, offset) => message[1] === 0x6c && [3, 4, 5, 51, 52, 53].includes(offset),
    names: { message: (index) => `((V${index}${long}\n(I1\nI2\nttl.`, maxKeptBytes: 4 * maxNameBytes },
    mutations,
  },
  nagios: {
    create: plugin,
    corpus: [
      "PING OK|'r t''a'=0.298ms;40:60.5;@6;0;9 pl=0%;~:80;90:",
      "DISK OK|/=2643MB;5948;5958;0;5968\nmore\nlines|a=b=5c 'm::x'=1e3us;;;1 y=18446744073709551615",
    ],
    mutations,
  },
  'remote-write 1.0': {
    create: remoteWrite('1.0'),
    corpus: [olderRequest(requested), olderRequest([ofCustom])],
    ignores: isOfBounds,
    names: {
      message: (index) =>
        olderRequest(
          [{ labels: [['__name__', `${index}${long}`]], samples: [{ value: 1, time: 1 }] }],
          [metadataMessage(1, `${index}${long}`)],
        ),
      maxKeptBytes: 4 * maxNameBytes,
    },
    mutations,
  },
  'remote-write 2.0': {
    create: remoteWrite('2.0'),
    corpus: [newerRequest(requested), newerRequest([ofCustom])],
    ignores: isOfBounds,
    names: {
      message: (index) =>
        newerRequest([{ labels: [['__name__', `${index}${long}`]], samples: [{ value: 1, time: 1 }] }]),
      maxKeptBytes: 4 * maxNameBytes,
    },
    mutations,
  },
  collectd: {
    create: () => createCollectdParser({ maxNameBytes }),
    corpus: [simple(1_700_000_000), packet],
    // Parts of the time that are less than a ms.
    ignores: (_, offset) => offset === 16 || offset === 17,
    names: {
      message: (index) => simple(1_700_000_000, 1, `${index}${long.slice(0, 120)}`),
      maxKeptBytes: 4 * maxNameBytes,
    },
    mutations,
  },
})
