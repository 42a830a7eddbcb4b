import { connect, isIP } from 'node:net'
import { connect as connectTls } from 'node:tls'

import type { Series } from '@tocsin/core'

import type { Destination } from '../destination.ts'
import { createSink, type Sink } from '../sink.ts'
import { resolveSink } from '../sink-options.ts'
import { graphiteName } from './graphite-name.ts'
import {
  defaultGraphiteSinkOptions,
  graphiteSinkChecks,
  type GraphiteSinkOptions,
  type ResolvedGraphiteSink,
} from './graphite-sink-options.ts'
import { type EncodedName, frameBytes, pickleEncoder, plainEncoder, type Point } from './point-encoders.ts'
import { createSettlingConnection, type Dialled, type SettlingConnection } from './settling-connection.ts'
import { unacknowledgedBytes } from './unacknowledged.ts'

/**
 * Sends samples to Graphite, as lines or pickles, over one connection. Graphite answers nothing, so what was sent counts as taken when the
 * connection has stood for `settleMs` afterwards; whatever has not when it is lost is sent again, first and in order. A point that comes
 * twice is there once, since whisper keeps one value for a second. When the source completes, the end is said to the receiver, whose own
 * end proves that it has read all, and nothing waits for `settleMs`.
 *
 * What carbon has read and not yet written to its files, it loses where it is killed; nobody can know of that. A full cache or its limits
 * (`MAX_CACHE_SIZE`, `MAX_CREATES_PER_MINUTE`) make it drop points without a word; give it no such limits, or watch its own
 * `carbon.agents.*`.
 *
 * Times are whole seconds: of several samples of a series in a second the last one counts. Numbers only: texts, sets and histograms are
 * refused by name, and so is what is not finite or of a time that no timestamp says (before 1970 or from 2106 on). Stale markers are
 * nothing there.
 *
 * - Emits, completes, errors: as every {@link Sink}; a lost connection is a `failed`. Wrong options throw `PROTOCOL_BAD_OPTION` at the call.
 *   `held-up` where the source gives less than `settleMs` of samples before it waits for acknowledgements: the subscriber of a journal
 *   is asked for more with `batches({ maxInFlight })`.
 * - Memory: what has not settled: `settleMs` of samples, at most the `maxInFlight` of the source, and the names of the series that
 *   upstream keeps.
 * - Time: the samples' own, in seconds. `settleMs` by the scheduler.
 *
 * Formats: Graphite, "Feeding In Your Data" (lines, pickles) and "Graphite Tag Support".
 *
 * @example
 * ```ts
 * import { series, type Batch, type Sample } from '@tocsin/protocols'
 * import { graphite } from '@tocsin/protocols/graphite'
 * import { toGraphite } from '@tocsin/protocols/sinks/graphite'
 * import { firstValueFrom, of, take } from 'rxjs'
 *
 * const receiver = graphite({ port: 0 }) // stands in for carbon
 * receiver.pipe(take(1)).subscribe(({ series, value }) => console.log(series.key, value)) // => disk.used|ST[host:web1] 42.5
 * const { port } = await firstValueFrom(receiver.listening)
 *
 * const sample: Sample = { series: series('disk.used', { host: 'web1' }), time: 1_700_000_000_000, value: 42.5, kind: 'gauge' }
 * const batch: Batch<Sample> = { values: [sample], ack: () => console.log('acknowledged') } // => acknowledged
 * of(batch).pipe(toGraphite({ port, settleMs: 100 })).subscribe()
 * ```
 */
export function toGraphite(options: GraphiteSinkOptions = {}): Sink {
  const resolved = resolveSink<ResolvedGraphiteSink>(defaultGraphiteSinkOptions, options, graphiteSinkChecks)
  // Of a frame so many bytes are in no sample.
  const maxRequestBytes = Math.max(1, resolved.maxRequestBytes - frameBytes)
  return createSink(() => createGraphiteDestination(resolved, () => dial(resolved)), {
    ...resolved,
    maxRequestBytes,
  })
}

/** Where lines or pickles go to, over connections that are made as they are needed, one at a time. */
function createGraphiteDestination(options: ResolvedGraphiteSink, dialNext: () => Dialled): Destination {
  const encoder = options.protocol === 'plain' ? plainEncoder : pickleEncoder
  const nameOf = createNames(options)
  let connection: SettlingConnection | undefined
  return {
    weigh({ series, kind, value, time }) {
      if (kind === 'stale') return 0
      if (typeof value !== 'number')
        return { reason: 'unsupported', message: `Graphite has numbers only, and this is a ${kind}` }
      if (!Number.isFinite(value)) return notFinite
      if (!(time >= 0 && time < endOfTime)) return outOfTime
      const name = nameOf(series)
      return 'reason' in name ? name : encoder.weigh(name)
    },
    send(samples) {
      const points: Point[] = []
      for (const { series, kind, value, time } of samples) {
        const name = nameOf(series)
        // All others were refused when they were weighed.
        if (kind === 'stale' || typeof value !== 'number' || 'reason' in name) continue
        points.push({ name, seconds: Math.floor(time / 1000), value })
      }
      const current = (connection ??= createSettlingConnection(dialNext(), options, () => {
        connection = undefined
      }))
      return current.send(encoder.encode(points))
    },
    end: () => connection?.end(),
    close: () => connection?.close(),
  }
}

/** The first ms that no timestamp of four bytes says. */
const endOfTime = 2 ** 32 * 1000
const notFinite = { reason: 'unsupported', message: 'Graphite has finite numbers only' } as const
const outOfTime = {
  reason: 'unsupported',
  message: 'a time in Graphite is from the year 1970 to 2106',
} as const

/** Names by their series, for as long as whoever made those keeps them. */
function createNames(
  options: ResolvedGraphiteSink,
): (series: Series) => EncodedName | Exclude<ReturnType<typeof graphiteName>, string> {
  const known = new WeakMap<Series, ReturnType<ReturnType<typeof createNames>>>()
  return (series) => {
    const name = known.get(series)
    if (name !== undefined) return name
    const built = graphiteName(series, options)
    const made = typeof built === 'string' ? { text: built, bytes: Buffer.from(built) } : built
    known.set(series, made)
    return made
  }
}

/** When a connection has been still for so long, ms, the system asks whether the other end is there. */
const keepAliveMs = 10_000
const ports = { plain: 2003, pickle: 2004 } as const

function dial({ host, protocol, port = ports[protocol], tls }: ResolvedGraphiteSink): Dialled {
  const common = {
    host,
    port,
    allowHalfOpen: true,
    keepAlive: true,
    keepAliveInitialDelay: keepAliveMs,
    noDelay: true,
  }
  const socket =
    tls === undefined
      ? connect(common)
      : connectTls({ ...common, ...tls, servername: isIP(host) === 0 ? host : '' })
  return {
    socket,
    connected: tls === undefined ? 'connect' : 'secureConnect',
    where: `Graphite at ${host}:${port}`,
    unacknowledged: () => unacknowledgedBytes(socket),
  }
}
