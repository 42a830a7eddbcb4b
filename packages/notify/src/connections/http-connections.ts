import { HttpConnection } from './http-connection.ts'
import type { Socket } from 'node:net'

/** Most connections of one notifier. */
const maxConnections = 64
/** How long a connection that is not used stays open, ms. */
const idleMs = 5000

/** Makes a connection to a server; rejects when the signal aborts. */
export type Dial = (signal: AbortSignal) => Promise<Socket>

/** Connections of one notifier, which are kept for a while: one that is free is used before another is made. */
export class HttpConnections {
  /** Free, the one that was used last at the end. */
  readonly #free: HttpConnection[] = []
  readonly #waiting = new Set<() => void>()
  #count = 0
  #sweep: NodeJS.Timeout | undefined

  /** A connection to this server, free or new, once there is room for it; rejects as `dial`, or when the signal aborts. */
  async take(origin: string, dial: Dial, signal: AbortSignal): Promise<HttpConnection> {
    while (!this.#hasRoom(origin)) await this.#turn(signal)
    const free = this.takeFree(origin)
    if (free !== undefined) return free
    this.#count += 1
    try {
      const socket = await dial(signal)
      return new HttpConnection(origin, socket, {
        free: (connection) => this.#keep(connection),
        closed: (connection) => this.#forget(connection),
      })
    } catch (error) {
      this.#leave()
      throw error
    }
  }

  /** A free connection to this server, if there is one. */
  takeFree(origin: string): HttpConnection | undefined {
    const at = this.#free.findLastIndex((connection) => connection.origin === origin)
    return at < 0 ? undefined : this.#free.splice(at, 1)[0]
  }

  /** Ends those that are free. */
  closeFree(): void {
    for (const connection of this.#free.splice(0)) connection.destroy()
  }

  #hasRoom(origin: string): boolean {
    if (this.#count < maxConnections) return true
    if (this.#free.some((connection) => connection.origin === origin)) return true
    // One to another server makes room.
    this.#free.shift()?.destroy()
    return false
  }

  /** Waits until something is free, or has ended. */
  #turn(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const turn = (): void => {
        signal.removeEventListener('abort', abort)
        resolve()
      }
      const abort = (): void => {
        this.#waiting.delete(turn)
        reject(signal.reason as Error)
      }
      this.#waiting.add(turn)
      signal.addEventListener('abort', abort)
    })
  }

  #keep(connection: HttpConnection): void {
    connection.freeSince = performance.now()
    this.#free.push(connection)
    this.#next()
    this.#sweep ??= setTimeout(() => this.#endIdle(), idleMs).unref()
  }

  #endIdle(): void {
    const now = performance.now()
    const isIdle = ({ freeSince }: HttpConnection): boolean => now - freeSince >= idleMs
    while (this.#free[0] !== undefined && isIdle(this.#free[0])) this.#free.shift()?.destroy()
    const [oldest] = this.#free
    this.#sweep = oldest && setTimeout(() => this.#endIdle(), oldest.freeSince + idleMs - now).unref()
  }

  #forget(connection: HttpConnection): void {
    const at = this.#free.indexOf(connection)
    if (at >= 0) this.#free.splice(at, 1)
    this.#leave()
  }

  #leave(): void {
    this.#count -= 1
    this.#next()
  }

  #next(): void {
    for (const turn of this.#waiting) {
      this.#waiting.delete(turn)
      turn()
      return
    }
  }
}
