import { type Checks, type Defined, oneOf, resolveOptions, type Sample, wholeNumber } from '@tocsin/core'

import { badOption } from '../errors.ts'
import { defaultListen, listenChecks, type ListenOptions } from '../listening/listen-options.ts'
import { listeningSource } from '../listening/listening-source.ts'
import type { Source } from '../source/source.ts'
import type { ParseSink } from '../wire/parse-sink.ts'
import {
  collectdParserChecks,
  createCollectdParser,
  defaultCollectdParser,
  type CollectdParser,
  type CollectdParserOptions,
} from './collectd-parser.ts'
import { createReplayWindow, timesByHost } from './replay-window.ts'
import { readTypesDb } from './types-db.ts'
import {
  canDecrypt,
  collectdUsers,
  createPacketOpener,
  usersOf,
  type CollectdUsers,
  type SecurityLevel,
} from './sealed-packet.ts'

/** Where datagrams are listened for. */
type DatagramOptions = Pick<
  ListenOptions,
  'allow' | 'clock' | 'host' | 'listen' | 'port' | 'recvBufferSize' | 'source'
>

/** Where {@link collectd} listens, and whom it believes. */
export interface CollectdOptions extends DatagramOptions, CollectdParserOptions {
  /**
   * What packets must be at the least: `'sign'` takes signed and encrypted ones, `'encrypt'` encrypted ones only. What is less is dropped
   * and a problem `forbidden`.
   * @defaultValue `'none'`
   */
  readonly securityLevel?: SecurityLevel | undefined
  /**
   * Users and their passwords, as in collectd's `AuthFile`: an object, a `Map` or a list of pairs. A signature of anybody else is
   * refused; with no users at all and `'none'` signatures are not looked at. Shown nowhere.
   * @defaultValue none
   */
  readonly users?: CollectdUsers | undefined
  /**
   * How much older than the newest packet of its host a signed or encrypted one may be, and how far ahead of the clock here, ms; what is
   * outside, and what comes a second time, is a problem. 0 takes all. Of plain packets nothing is asked: anybody may write any time
   * into them.
   * @defaultValue 300000
   */
  readonly replayWindowMs?: number | undefined
}

type ResolvedCollectd = Defined<Omit<CollectdOptions, 'allow' | 'listen' | 'source'>> &
  Pick<CollectdOptions, 'allow' | 'listen' | 'source'>

/** The defaults of {@link collectd}. */
export const defaultCollectdOptions: ResolvedCollectd = Object.freeze({
  ...defaultCollectdParser,
  allow: undefined,
  clock: defaultListen.clock,
  host: defaultListen.host,
  listen: undefined,
  port: 25_826,
  recvBufferSize: defaultListen.recvBufferSize,
  source: undefined,
  securityLevel: 'none',
  users: [],
  replayWindowMs: 300_000,
})

const { allow, clock, host, listen, port, recvBufferSize, source } = listenChecks(['udp'])
const checks: Checks<CollectdOptions> = {
  ...collectdParserChecks,
  ...{ allow, clock, host, listen, port, recvBufferSize, source },
  securityLevel: oneOf('none', 'sign', 'encrypt'),
  users: collectdUsers,
  replayWindowMs: wholeNumber(0),
}

/** Most bytes of what is remembered of packets, so that none comes twice. */
const maxReplayBytes = 16 * 1024 * 1024

/**
 * Listens for the packets of collectd's network plugin over UDP: to an address of this machine, or as a member of a multicast group where
 * `host` is one (collectd's own are `239.192.74.66` and `ff18::efc0:4a42`). See {@link createCollectdParser} for what it reads.
 *
 * - Emits: each value as it arrives, one batch a packet. COUNTER and DERIVE are `counter`, ABSOLUTE `delta`, GAUGE `gauge`.
 * - Completes: never.
 * - Errors: `PROTOCOL_PORT_TAKEN`, `PROTOCOL_BIND_FAILED`; the call throws where `securityLevel` asks for users and there are none, or
 *   where `typesDb` has a line that is none.
 * - Memory: one packet, `maxNameBytes` of names and 16 MiB of what is remembered against replay.
 * - Time: that of the value, to the microsecond; `clock` at arrival where it has none.
 *
 * It never replies. Datagrams that find no room are dropped, counted in `stats.dropped` and a problem `overflow`. Signatures are
 * HMAC-SHA256 and compared in constant time; encryption is AES-256-OFB with a SHA-1 within (Node's crypto). That a packet is not taken
 * twice is more than collectd's own server does, and holds while a subscription lasts: after a restart an old one is taken once
 * more, unless its host has sent again before. Who knows what an encrypted packet holds can make another of it, as the format has it.
 */
export function collectd(options: CollectdOptions = {}): Source<Sample> {
  const resolved = resolveOptions<ResolvedCollectd>(defaultCollectdOptions, options, checks, badOption)
  const { securityLevel } = resolved
  const users = usersOf(resolved.users)
  if (securityLevel !== 'none' && users.size === 0)
    throw badOption(`to have securityLevel "${securityLevel}", option "users" must name one at least`)
  if (securityLevel === 'encrypt' && !canDecrypt())
    throw badOption('this runtime has no AES-256-OFB, so option "securityLevel" cannot be "encrypt"')
  // Throws where a line is none, which is better at the call than at each subscription.
  readTypesDb(resolved.typesDb)
  return listeningSource(
    'collectd',
    { ...defaultListen, transport: 'udp', ...datagramOptions(resolved) },
    (feed) => {
      const plain = createParser(resolved)
      const parser = users.size === 0 ? plain : openingParser(plain, resolved, users)
      return {
        datagram: (bytes, peer) => feed.parse(parser, bytes, peer, { offsets: true }),
        open: () => {
          throw new Error('there are no connections in UDP')
        },
      }
    },
  )
}

const createParser = ({ typesDb, nanAs, maxNameBytes }: ResolvedCollectd): CollectdParser =>
  createCollectdParser({ typesDb, nanAs, maxNameBytes })

const datagramOptions = ({ allow, clock, host, listen, port, recvBufferSize, source }: ResolvedCollectd) => ({
  ...{ allow, clock, host, listen, port, recvBufferSize, source },
})

/** Opens packets for a parser, and gives it what was not sent before. */
function openingParser(
  parser: CollectdParser,
  { securityLevel, replayWindowMs }: ResolvedCollectd,
  users: ReadonlyMap<string, string>,
): CollectdParser {
  const open = createPacketOpener(securityLevel, users)
  const replays = replayWindowMs === 0 ? undefined : createReplayWindow(replayWindowMs, maxReplayBytes)
  return {
    parse(bytes, receivedAt, sink) {
      const problem: ParseSink['problem'] = (fault) => sink.problem(fault)
      open(bytes, problem, (payload, start, seal) => {
        const refused = seal && replays?.check(seal, timesByHost(payload), receivedAt)
        if (refused !== undefined) {
          sink.problem({ ...refused, start, end: start + payload.length })
          return
        }
        parser.parse(payload, receivedAt, {
          sample: (sample) => sink.sample(sample),
          problem: (fault) => sink.problem({ ...fault, start: start + fault.start, end: start + fault.end }),
        })
      })
    },
  }
}
