import type { Socket } from 'node:net'

import { AnswerReader } from './http-answer.ts'
import type { HttpAnswer } from './http-answer.ts'

/** What becomes of a connection. */
export interface ConnectionListener {
  /** It may take the next request. */
  free(connection: HttpConnection): void
  /** It has ended. */
  closed(connection: HttpConnection): void
}

/** One request that is under way. */
interface Exchange {
  readonly reader: AnswerReader
  readonly resolve: (answer: HttpAnswer) => void
  readonly reject: (error: unknown) => void
  readonly over: () => void
}

/** A connection to a server, with one request under way at a time. */
export class HttpConnection {
  /** Which server. */
  readonly origin: string
  /** When it became free last, ms of `performance.now`. */
  freeSince = 0
  /** Answers that came whole. */
  answers = 0
  readonly #socket: Socket
  readonly #listener: ConnectionListener
  #exchange: Exchange | undefined
  #error: Error | undefined

  constructor(origin: string, socket: Socket, listener: ConnectionListener) {
    this.origin = origin
    this.#socket = socket
    this.#listener = listener
    socket.setEncoding('latin1')
    // One set of listeners for all requests.
    socket.on('data', (text: string) => this.#onData(text))
    socket.on('error', (error) => (this.#error = error))
    socket.on('close', () => this.#onClose())
  }

  /** Whether some of the answer to the present request has come. */
  get hasBegun(): boolean {
    return this.#exchange?.reader.hasBegun ?? false
  }

  /**
   * Sends a request that is written already; resolves with the head of its answer, and rejects with what ended the connection. `over` is
   * called when nothing more comes of it.
   */
  send(request: Uint8Array, isHead: boolean, over: () => void): Promise<HttpAnswer> {
    return new Promise((resolve, reject) => {
      this.#exchange = { reader: new AnswerReader(isHead), resolve, reject, over }
      this.#socket.ref()
      this.#socket.write(request)
    })
  }

  /** Ends it, for this reason. */
  destroy(reason?: Error): void {
    this.#socket.destroy(reason)
  }

  #onData(text: string): void {
    const exchange = this.#exchange
    // Nothing was asked: what comes would be taken for the answer to the next request.
    if (exchange === undefined) {
      this.destroy()
      return
    }
    const { reader, resolve } = exchange
    const state = reader.take(text)
    if (reader.answer !== undefined) resolve(reader.answer)
    // Who answers before he has read the request will not read the next one.
    if (state === 'lost' || (state === 'over' && this.#socket.writableLength > 0))
      this.destroy(failed('EPROTO'))
    else if (state === 'over') this.#onAnswered(exchange)
  }

  #onAnswered({ over }: Exchange): void {
    over()
    this.#exchange = undefined
    this.answers += 1
    // What is free keeps no program running.
    this.#socket.unref()
    this.#listener.free(this)
  }

  #onClose(): void {
    this.#exchange?.over()
    this.#exchange?.reject(this.#error ?? failed('ECONNRESET'))
    this.#listener.closed(this)
  }
}

const failed = (code: string): Error => Object.assign(new Error('the connection has ended'), { code })
