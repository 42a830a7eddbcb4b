import { type Checks, type Defined, oneOf, resolveOptions } from '@tocsin/core'

import { badOption } from '../errors.ts'
import { defaultNameBytes, nameBytesLimit } from '../option-checks.ts'
import type { ParseSink } from '../wire/parse-sink.ts'
import { headerBytes, numberPartBytes, part, readTime, viewOf, walkParts } from './collectd-parts.ts'
import { createPacketNames } from './packet-names.ts'
import { takeMessage, takeName } from './packet-texts.ts'
import { takeValues, type Packet } from './packet-values.ts'
import { readTypesDb } from './types-db.ts'

/** What a parser of collectd's packets knows of names. */
export interface CollectdParserOptions {
  /**
   * The text of a `types.db`, which names the values of types that have several. It is added to the types of collectd 5.12.
   * @defaultValue none
   */
  readonly typesDb?: string | undefined
  /**
   * What a gauge that is not a number becomes, by which collectd says that it has no value: a problem `not-available`, or a sample
   * of kind `stale`.
   * @defaultValue `'problem'`
   */
  readonly nanAs?: 'problem' | 'stale' | undefined
  /**
   * Most bytes of memory for the cache of series.
   * @defaultValue 67108864
   */
  readonly maxNameBytes?: number | undefined
}

/** All of {@link CollectdParserOptions}, resolved. */
export type ResolvedCollectdParser = Defined<CollectdParserOptions>

/** The defaults of {@link CollectdParserOptions}. */
export const defaultCollectdParser: ResolvedCollectdParser = Object.freeze({
  typesDb: '',
  nanAs: 'problem',
  maxNameBytes: defaultNameBytes,
})

/** What {@link CollectdParserOptions} allow. */
export const collectdParserChecks: Checks<CollectdParserOptions> = {
  typesDb: (value) => (typeof value === 'string' ? undefined : 'the text of a types.db'),
  nanAs: oneOf('problem', 'stale'),
  maxNameBytes: nameBytesLimit,
}

const badTime = { reason: 'bad-timestamp', message: 'a time is 64 bits, and a date of the calendar' } as const
const sealed = {
  reason: 'unsupported',
  message: 'what is encrypted is read for users whose passwords are known',
} as const

/** A parser of packets: pure, no sockets, no clock. */
export interface CollectdParser {
  /**
   * Takes one packet. Each value and each notification gives samples or one problem; so does each part that is not understood. Never
   * throws, whatever the bytes; keeps no reference to them.
   *
   * @param receivedAt - arrival time, ms since the Unix epoch: the time of values that bring none
   */
  parse(bytes: Uint8Array, receivedAt: number, sink: ParseSink): void
}

/**
 * A parser of the packets of collectd's network plugin, plain ones: a signature is passed over without a look, an encrypted part is a
 * problem `unsupported`; `collectd()` opens both. Value lists become samples of series `plugin.type`, where a list has several values
 * `plugin.type.name` with the names of `types.db` (or `0`, `1`, … where it has none for so many), with tags `host`, `plugin_instance`
 * and `type_instance`. COUNTER and DERIVE are `counter`, ABSOLUTE `delta`, GAUGE `gauge`; whole numbers beyond 2^53 are in `exact`. A
 * notification is a `text` `notification.message` and a `state` `notification.severity` (0 okay, 1 warning, 2 failure), behind plugin
 * and type where it has them. Format: collectd's wiki, "Binary protocol".
 *
 * Memory: `maxNameBytes` of names. Intervals are not kept.
 *
 * @example
 * ```ts
 * import { createCollectdParser } from '@tocsin/protocols/engine'
 *
 * const text = (type: number, name: string) => [0, type, 0, name.length + 5, ...Buffer.from(name), 0]
 * const counter = [0, 6, 0, 15, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 42] // one value, of kind 0, in eight bytes
 * const packet = new Uint8Array([...text(0, 'web1'), ...text(2, 'users'), ...text(4, 'logins'), ...counter])
 * createCollectdParser().parse(packet, 0, {
 *   sample: ({ series, value, kind }) => {
 *     console.log(series.key, value, kind) // => users.logins|ST[host:web1] 42 counter
 *   },
 *   problem: ({ message }) => console.error(message),
 * })
 * ```
 */
export function createCollectdParser(options: CollectdParserOptions = {}): CollectdParser {
  const { typesDb, nanAs, maxNameBytes } = resolveOptions<ResolvedCollectdParser>(
    defaultCollectdParser,
    options,
    collectdParserChecks,
    badOption,
  )
  const names = createPacketNames(maxNameBytes, readTypesDb(typesDb))

  function takePart(packet: Packet, type: number, start: number, end: number): void {
    switch (type) {
      case part.values:
        takeValues(packet, names, nanAs, start, end)
        return
      case part.host:
      case part.plugin:
      case part.pluginInstance:
      case part.type:
      case part.typeInstance:
        takeName(packet, names, type, start, end)
        return
      case part.message:
        takeMessage(packet, names, start, end)
        return
      case part.time:
      case part.timeHighResolution:
        packet.time = end - start === numberPartBytes ? readTime(packet.view, type, start) : Number.NaN
        if (Number.isNaN(packet.time)) packet.sink.problem({ ...badTime, start, end })
        return
      case part.severity:
        // One that is none is told of with its message.
        packet.severity =
          end - start === numberPartBytes ? Number(packet.view.getBigUint64(start + headerBytes)) : 0
        return
      case part.interval:
      case part.intervalHighResolution:
      case part.signature:
        return
      case part.encryption:
        packet.sink.problem({ ...sealed, start, end })
        return
      default:
        packet.sink.problem({ reason: 'unknown-type', message: `no part has the type ${type}`, start, end })
    }
  }

  return {
    parse(bytes, receivedAt, sink) {
      const packet: Packet = { bytes, view: viewOf(bytes), receivedAt, sink, time: receivedAt, severity: 0 }
      names.clear()
      const stopped = walkParts(packet.view, (type, start, end) => {
        takePart(packet, type, start, end)
        return true
      })
      if (stopped === bytes.length) return
      const message = 'a part has at least 4 bytes, and no more than the packet has left'
      sink.problem({ reason: 'truncated', message, start: stopped, end: bytes.length })
    },
  }
}
