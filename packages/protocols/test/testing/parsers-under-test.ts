import { createGraphiteParser } from '../../src/graphite/graphite-parser.ts'
import { createHttpTrapParser } from '../../src/http-trap/trap-parser.ts'
import { createStatsdParser } from '../../src/statsd/statsd-parser.ts'
import type { ParserUnderTest, TestedParser } from '../../src/testing/index.ts'

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

/** The parsers that the suite is run on, each with so many mutations. */
export const parsersUnderTest = (mutations: number): Readonly<Record<string, ParserUnderTest>> => ({
  statsd: {
    create: () => createStatsdParser({ maxNameBytes }),
    corpus: [
      'hits:1|c\nload:0.5|g\nload:+0.25|g\ntime:320|ms|@0.5\nusers:ada|s\n',
      'page.load:1:2:3|d|@0.5|#page:home,env:prod\n',
      'queue;host=web1:12|g\nqueue,host=web1:12|g\r\n',
      'total:18446744073709551615|c|T1700000000\n',
    ],
    lines: true,
    names: { message: (index) => `${index}${long}:1|c`, maxKeptBytes: 4 * maxNameBytes },
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
  'http-trap': {
    create: trap,
    corpus: [
      '{"a":{"b":1.5},"c":[1,"two",true]}',
      '{"n":{"_type":"L","_value":"18446744073709551615","_ts":1700000000000,"_tags":["a:b"]}}',
    ],
    names: { message: (index) => `{"${index}${long}":1}`, maxKeptBytes: 4 * maxNameBytes },
    mutations,
  },
})
