import { oneOf, optional, text, wholeNumber, type Checks, type Defined } from '@tocsin/core'

import { maxTimerMs } from '../../option-checks.ts'
import { certificate, type SinkTls } from '../http/http-sink-options.ts'
import { defaultSinkOptions, sinkChecks, type SinkOptions } from '../sink-options.ts'

/** Where {@link toGraphite} sends to, how, and under which names. */
export interface GraphiteSinkOptions extends SinkOptions {
  /**
   * Host name or address.
   * @defaultValue `'127.0.0.1'`
   */
  readonly host?: string | undefined
  /**
   * Its port.
   * @defaultValue 2003 for lines, 2004 for pickles
   */
  readonly port?: number | undefined
  /**
   * Lines of text, which all receivers take, or pickles, which cost carbon less.
   * @defaultValue `'plain'`
   */
  readonly protocol?: 'plain' | 'pickle' | undefined
  /**
   * With it the connection is encrypted: whom it trusts, and the certificate that it shows; `{}` trusts the authorities of the system.
   * carbon itself has no TLS, relays and proxies in front of it do.
   * @defaultValue none
   */
  readonly tls?: SinkTls | undefined
  /**
   * How tags are written: `tagged` as `disk.used;host=web1;site=fra`, which is Graphite's since 1.1, `dotted` as
   * `disk.used.host.web1.site.fra`. Other names are made by `filterSamples` in front.
   * @defaultValue `'tagged'`
   */
  readonly naming?: 'tagged' | 'dotted' | undefined
  /**
   * What becomes of what no name of Graphite's may hold, such as blanks: `replace` writes `_` for it and leaves tags without value out,
   * by which two series may become one; `refuse` refuses the sample.
   * @defaultValue `'replace'`
   */
  readonly names?: 'replace' | 'refuse' | undefined
  /**
   * How long a connection must stand after something was sent over it until that counts as taken, ms. Time in which the receiver takes
   * nothing does not count.
   * @defaultValue 60000
   */
  readonly settleMs?: number | undefined
  /**
   * Longest wait for a connection, with its TLS, ms.
   * @defaultValue 10000
   */
  readonly connectTimeoutMs?: number | undefined
  /**
   * A connection over which nothing can be written for so long, or of which the receiver's system acknowledges nothing for so long beyond
   * `settleMs` (where this one's says so: Linux), is given up, ms.
   * @defaultValue 60000
   */
  readonly writeTimeoutMs?: number | undefined
  /**
   * Most samples in one write; of pickles in one frame, as carbon's own `MAX_DATAPOINTS_PER_MESSAGE`.
   * @defaultValue 500
   */
  readonly maxRequestSamples?: number | undefined
}

/** All of {@link GraphiteSinkOptions}, resolved. */
export type ResolvedGraphiteSink = Defined<Omit<GraphiteSinkOptions, 'port' | 'tls'>> &
  Pick<GraphiteSinkOptions, 'port' | 'tls'>

/** The defaults of {@link GraphiteSinkOptions}. */
export const defaultGraphiteSinkOptions: ResolvedGraphiteSink = Object.freeze({
  ...defaultSinkOptions,
  name: 'graphite',
  maxRequestSamples: 500,
  host: '127.0.0.1',
  port: undefined,
  protocol: 'plain',
  tls: undefined,
  naming: 'tagged',
  names: 'replace',
  settleMs: 60_000,
  connectTimeoutMs: 10_000,
  writeTimeoutMs: 60_000,
})

/** What {@link GraphiteSinkOptions} allow. */
export const graphiteSinkChecks: Checks<ResolvedGraphiteSink> = {
  ...sinkChecks,
  host: text(),
  port: optional(wholeNumber(1, 65_535)),
  protocol: oneOf('plain', 'pickle'),
  tls: optional(certificate),
  naming: oneOf('tagged', 'dotted'),
  names: oneOf('replace', 'refuse'),
  settleMs: wholeNumber(0, maxTimerMs),
  connectTimeoutMs: wholeNumber(1, maxTimerMs),
  writeTimeoutMs: wholeNumber(1, maxTimerMs),
}
