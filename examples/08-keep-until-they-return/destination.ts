import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { join } from 'node:path'

export type Kind = 'graphite' | 'influx'

/** A process that takes samples, on a port that stays its own, and can be killed and started again. */
export class Receiver {
  readonly port: number
  readonly #kind: Kind
  readonly #file: string
  #child: ChildProcess | undefined

  private constructor(kind: Kind, port: number, file: string) {
    this.port = port
    this.#kind = kind
    this.#file = file
  }

  static async start(kind: Kind, folder: string): Promise<Receiver> {
    const probe = createServer().listen(0, '127.0.0.1')
    await once(probe, 'listening')
    const { port } = probe.address() as AddressInfo
    probe.close()
    await once(probe, 'close')
    const receiver = new Receiver(kind, port, join(folder, kind))
    await receiver.start()
    return receiver
  }

  async start(): Promise<void> {
    const words = [this.#kind, String(this.port), this.#file]
    this.#child = fork(join(import.meta.dirname, 'receiver.ts'), words, { execArgv: ['--import', 'tsx'] })
    await once(this.#child, 'message')
  }

  async kill(): Promise<void> {
    const child = this.#child
    if (child === undefined) return
    this.#child = undefined
    const gone = once(child, 'exit')
    child.kill('SIGKILL')
    await gone
  }

  /** What it has: each line once, as a database keeps one value of a series and time, however often it came. */
  points(): readonly string[] {
    return existsSync(this.#file)
      ? [...new Set(readFileSync(this.#file, 'utf8').split('\n').filter(Boolean))]
      : []
  }
}
