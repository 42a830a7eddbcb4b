import type { ProblemReason } from '../source/problem.ts'
import { numberPartBytes, headerBytes, part, readTime, viewOf, walkParts } from './collectd-parts.ts'
import type { Seal } from './sealed-packet.ts'

/** Why a packet is not taken. */
interface ReplayFault {
  readonly reason: ProblemReason
  readonly message: string
}

/** Remembers what was sent, so that nobody who overheard it can send it again. */
export interface ReplayWindow {
  /** Takes the newest time of each host in a packet, or says why it is refused. */
  check(seal: Seal, times: ReadonlyMap<string, number>, receivedAt: number): ReplayFault | undefined
}

interface HostTimes {
  newest: number
  /** The newest one when the younger marks began. */
  forgetting: number
  /** The newest one of those whose marks are forgotten. */
  forgotten: number
}

/** What a mark takes, bytes; measured. */
const bytesPerMark = 100
/** What a host takes beside its name, bytes. */
const bytesPerHost = 200

const again: ReplayFault = { reason: 'replayed', message: 'this packet came before' }
const tooOld = (windowMs: number): ReplayFault => ({
  reason: 'replayed',
  message: `it is older than the newest of its host by more than ${windowMs} ms, or than what is remembered`,
})
const tooNew = (windowMs: number): ReplayFault => ({
  reason: 'bad-timestamp',
  message: `it is more than ${windowMs} ms ahead of the clock here; set the sender's clock, or make replayWindowMs larger`,
})

const timeless: ReplayFault = {
  reason: 'bad-timestamp',
  message:
    'it has values without a time, so that anybody could send it again; give them one, or set replayWindowMs to 0',
}

/**
 * A packet is never taken twice: its mark is known, or it is no newer than those whose marks were forgotten. Marks are kept for one to
 * two windows, for a shorter time where they would take more than `maxBytes`; the host that was silent for longest goes first.
 */
export function createReplayWindow(windowMs: number, maxBytes: number): ReplayWindow {
  const maxMarks = Math.max(1, Math.floor(maxBytes / 4 / bytesPerMark))
  const hosts = new Map<string, HostTimes>()
  let hostBytes = 0
  let young = new Set<string>()
  let old = new Set<string>()
  let turnedAt = Number.NEGATIVE_INFINITY

  function turn(receivedAt: number): void {
    old = young
    young = new Set()
    turnedAt = receivedAt
    for (const host of hosts.values()) {
      host.forgotten = host.forgetting
      host.forgetting = host.newest
    }
  }

  function remember(name: string, time: number): void {
    const known = hosts.get(name)
    if (known === undefined) hostBytes += bytesPerHost + name.length
    const none = Number.NEGATIVE_INFINITY
    const host = known ?? { newest: none, forgetting: none, forgotten: none }
    host.newest = Math.max(host.newest, time)
    // The last of the map is the one that sent last.
    hosts.delete(name)
    hosts.set(name, host)
    for (const [longestSilent] of hosts) {
      if (hostBytes <= maxBytes / 2) break
      hosts.delete(longestSilent)
      hostBytes -= bytesPerHost + longestSilent.length
    }
  }

  return {
    check({ user, mark }, times, receivedAt) {
      if (young.has(mark) || old.has(mark)) return again
      for (const [host, time] of times) {
        if (Number.isNaN(time)) return timeless
        if (time > receivedAt + windowMs) return tooNew(windowMs)
        const known = hosts.get(`${user}\0${host}`)
        if (known !== undefined && (time < known.newest - windowMs || time <= known.forgotten))
          return tooOld(windowMs)
      }
      if (Math.abs(receivedAt - turnedAt) >= windowMs || young.size >= maxMarks) turn(receivedAt)
      young.add(mark)
      for (const [host, time] of times) remember(`${user}\0${host}`, time)
      return undefined
    },
  }
}

const decoder = new TextDecoder('latin1')

/** The newest time of each host that has values or notifications in a packet; NaN where some have none. */
export function timesByHost(bytes: Uint8Array): ReadonlyMap<string, number> {
  const view = viewOf(bytes)
  const times = new Map<string, number>()
  let host = ''
  let time = Number.NaN
  walkParts(view, (type, start, end) => {
    if (type === part.host) host = decoder.decode(bytes.subarray(start + headerBytes, end))
    else if (type === part.time || type === part.timeHighResolution)
      time = end - start === numberPartBytes ? readTime(view, type, start) : Number.NaN
    else if (type === part.values || type === part.message)
      times.set(host, Math.max(times.get(host) ?? 0, time))
    return true
  })
  return times
}
