import { promisify } from 'node:util'
import { gzip } from 'node:zlib'

import type { Sample } from '@tocsin/core'

import { messageOf } from '../../errors.ts'
import type { Destination, Outcome } from '../destination.ts'
import type { HttpPost } from '../http/http-post.ts'
import { type InfluxVerdict, judgeAnswer, samplesInConflict } from './influx-answer.ts'
import type { InfluxLines } from './influx-lines.ts'

const pack = promisify(gzip)
/** Smaller bodies are sent as they are. */
const packedFromBytes = 1024

/** Writes requests of lines. */
export function createInfluxDestination(
  http: HttpPost,
  lines: InfluxLines,
  isPacking: boolean,
  now: () => number,
): Destination {
  async function write(samples: readonly Sample[]): Promise<InfluxVerdict> {
    let text = ''
    for (const sample of samples) {
      const line = lines.lineOf(sample)
      if (line !== undefined) text += `${line.text}\n`
    }
    // Of stale markers there is nothing to say.
    if (text === '') return { outcome: { type: 'taken' } }
    const plain = Buffer.from(text)
    const isPacked = isPacking && plain.length >= packedFromBytes
    const headers = {
      'content-type': 'text/plain; charset=utf-8',
      ...(isPacked && { 'content-encoding': 'gzip' }),
    }
    return judgeAnswer(await http.post(isPacked ? await pack(plain) : plain, headers), now())
  }

  /**
   * Where it says how many lines it dropped, which ones is found without sending halves where that can be known for sure: all of them; or
   * those of the field that it names, if they are as many and it takes the others without a word. What it has it takes again unchanged.
   */
  async function send(samples: readonly Sample[]): Promise<Outcome> {
    const { outcome, dropped, conflict } = await write(samples)
    if (outcome.type !== 'refused' || dropped === undefined) return outcome
    const { reason, message } = outcome
    const all = samples.filter(({ kind }) => kind !== 'stale')
    const suspects =
      dropped === all.length || conflict === undefined ? all : samplesInConflict(all, conflict, lines)
    if (suspects.length !== dropped) return outcome
    if (dropped < all.length) {
      const suspected = new Set(suspects)
      const others = await write(all.filter((sample) => !suspected.has(sample)))
      if (others.outcome.type !== 'taken') return others.outcome.type === 'failed' ? others.outcome : outcome
    }
    return { type: 'taken', refusals: suspects.map((sample) => ({ sample, reason, message })) }
  }

  return {
    weigh: (sample) => lines.weigh(sample),
    send(samples) {
      const outcome = send(samples).catch((error: unknown): Outcome => ({
        type: 'failed',
        message: messageOf(error),
      }))
      return { handedOver: outcome, outcome }
    },
    close: () => http.close(),
  }
}
