import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

import type { Notification } from '../../src/index.ts'
import { Chance } from './chance.ts'

/**
 * What became of an attempt: taken; read, and the connection broken or never answered; answered with a failure after which nobody can know;
 * or surely not taken.
 */
type Fate = 'taken' | 'lost' | 'hung' | 'failed' | 'refused'

/** One request that a receiver read. */
export interface Attempt {
  readonly place: string
  /** The one that sent it; it may be read when that one was killed already. */
  readonly life: number
  readonly fate: Fate
  readonly told: Notification
}

type Mood = Readonly<Record<'taken' | 'late' | 'lost' | 'hung' | '503' | '429' | '400', number>>

const good: Mood = { taken: 1, late: 0, lost: 0, hung: 0, 503: 0, 429: 0, 400: 0 }
const moods: Readonly<Record<string, Mood>> = {
  steady: { ...good, taken: 20, late: 5 },
  rough: { taken: 10, late: 5, lost: 4, hung: 1, 503: 4, 429: 3, 400: 0 },
  strict: { taken: 10, late: 2, lost: 1, hung: 0, 503: 0, 429: 1, 400: 3 },
}

/** Three receivers on this machine, each with its own faults, and what each of them read. */
export class Receivers {
  readonly attempts: Attempt[] = []
  /** Called with each request that was read, before and after it is answered. */
  onRequest: () => void = () => undefined
  onAnswer: () => void = () => undefined
  isGood = false
  readonly #chance: Chance
  readonly #hanging = new Set<ServerResponse>()
  readonly #server = createServer((request, response) => void this.#receive(request, response))

  constructor(seed: number) {
    this.#chance = new Chance(seed)
  }

  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve))
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  /** From now on all of them take what comes, or not. */
  be(isGood: boolean): void {
    this.isGood = isGood
    if (!isGood) return
    for (const response of this.#hanging) response.destroy()
    this.#hanging.clear()
  }

  close(): void {
    this.#server.close()
    this.#server.closeAllConnections()
  }

  async #receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = []
    try {
      for await (const chunk of request) chunks.push(chunk as Buffer)
    } catch {
      // Killed half-way: nobody has read it.
      return
    }
    const told = JSON.parse(Buffer.concat(chunks).toString()) as Notification
    const [, life, place = ''] = (request.url ?? '').split('/')
    const how = this.#chance.pick(this.isGood ? good : (moods[place] ?? good))
    const read = (fate: Fate): void => void this.attempts.push({ place, life: Number(life), fate, told })
    this.onRequest()
    switch (how) {
      case 'taken':
        read('taken')
        break
      case 'late':
        read('taken')
        await new Promise((resolve) => setTimeout(resolve, this.#chance.below(30)))
        break
      case 'lost':
        read('lost')
        response.destroy()
        return
      case 'hung':
        read('hung')
        this.#hanging.add(response)
        return
      case '503':
        read('failed')
        break
      case '429':
      case '400':
        read('refused')
        break
    }
    if (how === '429') response.setHeader('retry-after', '0')
    response.writeHead(how === 'taken' || how === 'late' ? 200 : Number(how)).end()
    this.onAnswer()
  }
}
