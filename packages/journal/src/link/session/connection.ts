import type { Defined } from '@tocsin/core'
import type { SchedulerLike, Subscription } from 'rxjs'

import { messageOf } from '../../errors.ts'
import type { RawMessage } from '../wire/message-reader.ts'
import { MessageReader } from '../wire/message-reader.ts'
import type { ControlMessage, Hello } from '../wire/messages.ts'
import { decodeMessage, encodeMessage, featureZlib, linkVersion, maxControlBytes } from '../wire/messages.ts'
import { frameType } from '../wire/messages.ts'
import type { Fault } from './link-errors.ts'
import { faultFrom, faultHere, faultMessage } from './link-errors.ts'
import { Outgoing } from './outgoing.ts'
import type { LinkEnd, LinkLimits, LinkStream } from './session-types.ts'

/** Who speaks over a connection. */
export interface Speaker {
  readonly role: Hello['role']
  /** The other side has introduced itself. */
  greeted(hello: Hello): void
  /** A message; `channel` is 0 for the whole connection. What it gives ends the connection. */
  receive(channel: number, message: ControlMessage): Fault | undefined
  /** A FRAME, still as bytes. */
  receiveFrame(channel: number, body: Uint8Array): Fault | undefined
  /** The next FRAME to send, in pieces, while there is room for it. */
  nextFrame(): readonly Uint8Array[] | undefined
  /** Time for a heartbeat. */
  beat(): void
  /** The connection is over, once. */
  ended(reason: LinkEnd, message: string, fault: Fault | undefined): void
}

/** How long what was said last may take to reach the other side, ms. */
const lingerMs = 1000

/** One connection: greeting, heartbeats, silence and the end. */
export class Connection {
  readonly peer: string
  readonly #stream: LinkStream
  readonly #speaker: Speaker
  readonly #limits: Defined<LinkLimits>
  readonly #scheduler: SchedulerLike
  readonly #reader = new MessageReader(maxControlBytes)
  readonly #outgoing: Outgoing
  readonly #timers: Subscription[] = []
  #state: 'open' | 'ending' | 'over' = 'open'
  #greeted = false
  #silentBeats = 0
  #end: { reason: LinkEnd; message: string; fault: Fault | undefined } = {
    ...{ reason: 'lost', message: 'the connection was cut', fault: undefined },
  }

  constructor(stream: LinkStream, speaker: Speaker, limits: Defined<LinkLimits>, scheduler: SchedulerLike) {
    this.peer = stream.peer
    this.#stream = stream
    this.#speaker = speaker
    this.#limits = limits
    this.#scheduler = scheduler
    this.#outgoing = new Outgoing(stream.duplex, () => (this.#greeted ? speaker.nextFrame() : undefined))
  }

  get now(): number {
    return this.#scheduler.now()
  }

  get isOpen(): boolean {
    return this.#state === 'open'
  }

  start(): void {
    const { duplex } = this.#stream
    duplex.on('data', this.#received)
    duplex.on('end', this.#peerEnded)
    duplex.on('error', this.#failed)
    duplex.on('close', this.#closed)
    const { helloTimeoutMs, heartbeatMs, maxMessageBytes, compress } = this.#limits
    const { role } = this.#speaker
    const versions = { version: linkVersion, oldestVersion: linkVersion }
    const features = compress ? featureZlib : 0
    this.send(0, { type: 'hello', ...versions, role, maxMessageBytes, features })
    const late = (): void => {
      if (!this.#greeted) this.fail(faultHere('timeout', this.peer))
    }
    this.#timers.push(this.#scheduler.schedule(late, helloTimeoutMs))
    const beat = (): void => {
      this.#beat()
      if (this.#state === 'open') this.#timers[1] = this.#scheduler.schedule(beat, heartbeatMs)
    }
    this.#timers.push(this.#scheduler.schedule(beat, heartbeatMs))
    if (duplex.destroyed) this.#closed()
  }

  /** Sends a message as soon as there is room; one of the same `key` that waits is replaced. */
  send(
    channel: number,
    message: ControlMessage | (() => ControlMessage),
    key: string = keyOf(message),
  ): void {
    if (this.#state !== 'open') return
    const encode = (): Uint8Array =>
      encodeMessage(channel, typeof message === 'function' ? message() : message)
    this.#outgoing.post(`${key}:${channel}`, encode)
  }

  /** There may be a frame to send. */
  wake(): void {
    if (this.#state === 'open') this.#outgoing.wake()
  }

  /** Tells the other side what is wrong, and ends. */
  fail(fault: Fault): void {
    this.#finish('error', fault.error.message, fault, encodeMessage(0, faultMessage(fault)))
  }

  /** Says goodbye. */
  leave(message: string): void {
    this.#finish('done', message, undefined, encodeMessage(0, { type: 'bye', drain: false }))
  }

  /** At once, and tells nobody but the other side. */
  stop(): void {
    const { duplex } = this.#stream
    if (this.#state === 'open' && duplex.writable)
      duplex.write(encodeMessage(0, { type: 'bye', drain: false }))
    this.#release()
  }

  #beat(): void {
    if (this.#state !== 'open') return
    this.#silentBeats += 1
    const { heartbeatMs, silenceMs } = this.#limits
    // A byte that came right after the last beat is not silence of a whole period.
    if ((this.#silentBeats - 1) * heartbeatMs >= silenceMs) {
      this.#end = { reason: 'silent', message: `nothing has come for ${silenceMs} ms`, fault: undefined }
      this.#over()
    } else if (this.#greeted) this.#speaker.beat()
  }

  readonly #received = (chunk: Uint8Array): void => {
    // What comes behind the end is thrown away, so that the other side can send its own.
    if (this.#state !== 'open') return
    this.#silentBeats = 0
    this.#reader.push(chunk)
    while (this.#isOpen()) {
      const message = this.#reader.next()
      if (message === undefined) break
      const fault =
        typeof message === 'number'
          ? faultHere('protocol', this.peer, `a message of ${message} bytes`)
          : this.#take(message)
      if (fault !== undefined) this.fail(fault)
    }
  }

  /** A method, since the state changes while messages are taken. */
  #isOpen(): boolean {
    return this.#state === 'open'
  }

  #take(raw: RawMessage): Fault | undefined {
    if (raw.type === frameType && this.#greeted) return this.#speaker.receiveFrame(raw.channel, raw.body)
    const message = raw.body.length > maxControlBytes ? undefined : decodeMessage(raw)
    if (message === undefined)
      return faultHere('protocol', this.peer, `a message of type ${raw.type} is not sound`)
    if (message.type === 'error' && raw.channel === 0) {
      const fault = faultFrom(message, this.peer)
      this.#finish('error', fault.error.message, fault)
      return undefined
    }
    if (!this.#greeted) return this.#greet(raw.channel, message)
    if (message.type === 'hello') return faultHere('protocol', this.peer, 'it introduced itself twice')
    if (message.type === 'heartbeat' && raw.channel === 0) return undefined
    if (message.type === 'bye' && !message.drain) {
      this.#finish('bye', 'the other side ended the connection', undefined)
      return undefined
    }
    return this.#speaker.receive(raw.channel, message)
  }

  #greet(channel: number, message: ControlMessage): Fault | undefined {
    if (message.type !== 'hello' || channel !== 0) {
      return faultHere('protocol', this.peer, 'it did not introduce itself')
    }
    if (message.version < linkVersion || message.oldestVersion > linkVersion) {
      const theirs = `${message.oldestVersion} to ${message.version}`
      return faultHere('version', this.peer, `this side speaks ${linkVersion}, the other one ${theirs}`)
    }
    if (message.role === this.#speaker.role) return faultHere('role', this.peer)
    this.#greeted = true
    if (this.#speaker.role === 'follower') this.#reader.maxBytes = this.#limits.maxMessageBytes
    this.#timers[0]?.unsubscribe()
    this.#speaker.greeted(message)
    this.wake()
    return undefined
  }

  readonly #peerEnded = (): void => {
    if (this.#state === 'open') {
      const message = this.#reader.inside
        ? 'the connection ended within a message'
        : 'the other side hung up without a word'
      this.#end = { reason: 'lost', message, fault: undefined }
    }
    this.#over()
  }

  readonly #failed = (error: unknown): void => {
    if (this.#state === 'open') {
      this.#end = { reason: 'lost', message: `the connection broke: ${messageOf(error)}`, fault: undefined }
    }
    this.#over()
  }

  readonly #closed = (): void => this.#over()

  /** Lets what is said last reach the other side: until it hangs up too, at most for {@link lingerMs}. */
  #finish(reason: LinkEnd, message: string, fault: Fault | undefined, last?: Uint8Array): void {
    if (this.#state !== 'open') return
    this.#end = { reason, message, fault }
    this.#state = 'ending'
    this.#stopTimers()
    const rest = this.#outgoing.close()
    const { duplex } = this.#stream
    this.#timers.push(this.#scheduler.schedule(() => this.#over(), lingerMs))
    if (last === undefined) duplex.end()
    else duplex.end(Buffer.concat([...rest, last]))
    if (duplex.readableEnded) this.#over()
  }

  #over(): void {
    if (this.#state === 'over') return
    this.#release()
    const { reason, message, fault } = this.#end
    this.#speaker.ended(reason, message, fault)
  }

  #release(): void {
    this.#state = 'over'
    this.#stopTimers()
    this.#outgoing.close()
    const { duplex } = this.#stream
    duplex.off('data', this.#received).off('end', this.#peerEnded).off('close', this.#closed)
    // An error that comes after the end concerns nobody, and would end the process: its listener stays.
    duplex.destroy()
  }

  #stopTimers(): void {
    for (const timer of this.#timers) timer.unsubscribe()
    this.#timers.length = 0
  }
}

const keyOf = (message: ControlMessage | (() => ControlMessage)): string =>
  typeof message === 'function' ? '' : message.type
