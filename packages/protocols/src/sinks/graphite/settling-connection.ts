import type { Socket } from 'node:net'

import type { SchedulerLike } from 'rxjs'

import { messageOf } from '../../errors.ts'
import { createWaker } from '../../source/waker.ts'
import type { Outcome, Sending } from '../destination.ts'
import type { Ports } from './unacknowledged.ts'

/** How long a connection is waited for, and until what was sent over it counts as taken, ms. */
export interface SettlingLimits {
  readonly settleMs: number
  readonly connectTimeoutMs: number
  readonly writeTimeoutMs: number
  readonly scheduler: SchedulerLike
}

/** A connection that was asked for, and when it stands. */
export interface Dialled {
  /** It does not end by itself when the other end does. */
  readonly socket: Pick<Socket, 'write' | 'end' | 'destroy' | 'on' | 'resume'> & Ports
  /** What it is called in messages. */
  readonly where: string
  /** What it emits when it stands. */
  readonly connected: 'connect' | 'secureConnect'
  /** How many bytes the other end's system has not acknowledged, where it is known. */
  readonly unacknowledged: () => Promise<number | undefined>
}

/** One connection to what never answers. */
export interface SettlingConnection {
  send(bytes: Uint8Array): Sending
  /** Nothing more comes: the end is said to the receiver, whose own end proves that it has read all. */
  end(): void
  close(): void
}

interface Unsettled {
  /** Where it ends in all that was written, bytes. */
  readonly end: number
  /** When the system had all of it, by a clock that stands while the receiver takes nothing. */
  handedAt: number | undefined
  readonly settle: (outcome: Outcome) => void
}

/** So often at most, in a `settleMs`, it is looked for what has settled. */
const looksPerSettling = 64
const longestLookMs = 1000

/**
 * Sends over one connection, whose loss fails all that has not stood for `settleMs` by then. `lost` is called once, unless it is closed.
 */
export function createSettlingConnection(
  { socket, where, connected, unacknowledged }: Dialled,
  { settleMs, connectTimeoutMs, writeTimeoutMs, scheduler }: SettlingLimits,
  lost: () => void,
): SettlingConnection {
  const unsettled = new Set<Unsettled>()
  const lookMs = Math.min(longestLookMs, Math.ceil((settleMs + 1) / looksPerSettling))
  let room: { readonly promise: Promise<void>; readonly open: () => void } | undefined
  let connectingSince: number | undefined = scheduler.now()
  /** Since when, but for what it took meanwhile, the receiver has taken nothing. */
  let blockedSince: number | undefined
  let held = 0
  let heldSince: number | undefined
  let written = 0
  let handed = 0
  let isLooking = false
  let isEnding = false
  let isFinished = false
  let isProving = false
  let isOver = false

  const standing = (): number => (heldSince ?? scheduler.now()) - held

  const stop = (): void => {
    isOver = true
    waker.stop()
    socket.destroy()
  }
  const giveUp = (message: string): void => {
    stop()
    for (const { settle } of unsettled) settle({ type: 'failed', message: `${where}: ${message}` })
    unsettled.clear()
    room?.open()
  }
  const lose = (message: string): void => {
    if (isOver) return
    lost()
    giveUp(message)
  }
  const settleFirst = (one: Unsettled): void => {
    unsettled.delete(one)
    one.settle({ type: 'taken' })
  }

  /** It has read the end, and so all before, unless it was about to close anyway and something was on its way. */
  const prove = async (): Promise<void> => {
    isProving = true
    const left = (await unacknowledged()) ?? 0
    if (isOver) return
    if (left > 0) lose('it closed the connection')
    else for (const one of unsettled) settleFirst(one)
  }

  const isDue = ({ handedAt }: Unsettled): boolean =>
    handedAt !== undefined && standing() - handedAt >= settleMs
  const settleDue = async (): Promise<void> => {
    isLooking = true
    // Asked before: what is handed over meanwhile makes the answer larger, never smaller.
    const before = handed
    const reached = before - ((await unacknowledged()) ?? 0)
    isLooking = false
    if (isOver) return
    for (const one of unsettled) {
      if (!isDue(one)) break
      if (one.end <= reached) settleFirst(one)
      else if (standing() - (one.handedAt ?? 0) >= settleMs + writeTimeoutMs) {
        lose(`its system has not acknowledged what was sent for ${settleMs + writeTimeoutMs} ms`)
        return
      } else break
    }
    arm(lookMs)
  }

  const arm = (leastMs = 0): void => {
    if (isOver) return
    const now = scheduler.now()
    const times: number[] = []
    if (connectingSince !== undefined) times.push(connectingSince + connectTimeoutMs)
    if (blockedSince !== undefined) times.push(blockedSince + writeTimeoutMs)
    const [first] = unsettled
    if (first?.handedAt !== undefined && !isLooking) {
      const left = first.handedAt + settleMs - standing()
      // Many are looked at together; while the receiver takes nothing, none comes nearer.
      if (left <= 0) times.push(now + leastMs)
      else if (heldSince === undefined) times.push(Math.ceil((now + left) / lookMs) * lookMs)
    }
    waker.arm(Math.min(...times, Infinity))
  }
  const waker = createWaker(scheduler, scheduler, (now) => {
    if (connectingSince !== undefined && now >= connectingSince + connectTimeoutMs)
      lose(`no connection stood within ${connectTimeoutMs} ms`)
    else if (blockedSince !== undefined && now >= blockedSince + writeTimeoutMs)
      lose(`it took nothing for ${writeTimeoutMs} ms`)
    const [first] = unsettled
    if (!isOver && !isLooking && first !== undefined && isDue(first)) void settleDue()
    else arm()
  })

  const hold = (): void => {
    room ??= createRoom()
    const now = scheduler.now()
    if (connectingSince === undefined) blockedSince ??= now
    heldSince ??= now
  }
  const release = (): void => {
    if (heldSince !== undefined) held += scheduler.now() - heldSince
    heldSince = blockedSince = undefined
    room?.open()
    room = undefined
  }

  socket
    .on(connected, () => {
      connectingSince = undefined
      if (room !== undefined) blockedSince = scheduler.now()
      arm()
    })
    .on('drain', () => {
      release()
      arm()
    })
    .on('finish', () => (isFinished = true))
    .on('error', (error: unknown) => lose(messageOf(error)))
    .on('close', () => {
      if (!isProving) lose('the connection was closed')
    })
    .on('end', () => {
      if (isFinished) void prove()
      else lose('it closed the connection')
    })
    // Nothing is ever said, but only who reads hears of the end.
    .resume()
  arm()

  return {
    send(bytes) {
      let settle: Unsettled['settle'] = () => undefined
      const outcome = new Promise<Outcome>((resolve) => (settle = resolve))
      written += bytes.length
      const one: Unsettled = { end: written, handedAt: undefined, settle }
      unsettled.add(one)
      const hasRoom = socket.write(bytes, () => {
        if (isOver) return
        handed = one.end
        one.handedAt = standing()
        if (blockedSince !== undefined) blockedSince = scheduler.now()
        arm()
      })
      if (!hasRoom) hold()
      arm()
      return { handedOver: room?.promise ?? Promise.resolve(), outcome }
    },
    end() {
      if (isEnding || isOver) return
      isEnding = true
      socket.end()
    },
    close() {
      if (!isOver) giveUp('it was closed')
    },
  }
}

function createRoom(): { readonly promise: Promise<void>; readonly open: () => void } {
  let open = (): void => undefined
  const promise = new Promise<void>((resolve) => (open = resolve))
  return { promise, open: () => open() }
}
