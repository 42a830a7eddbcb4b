import { describe, expect, it } from 'vitest'

import type { Journal } from '../src/index.ts'
import { LinkClaims } from '../src/link/index.ts'
import { MessageReader, messageHeaderBytes } from '../src/link/wire/message-reader.ts'
import { virtualTime } from '../src/testing/index.ts'
import type { Line } from './helpers/duplex-pair.ts'
import { newFileSystem, openStrings, readAll } from './helpers/journals.ts'
import { link, turns } from './helpers/links.ts'

type Side = 'collector' | 'aggregator'

interface Kill {
  readonly side: Side
  /** Which message of both directions. */
  readonly message: number
  /** It is lost, or arrives. */
  readonly when: 'before' | 'after'
  /** What was written and not synced is gone. */
  readonly losesPower: boolean
}

/** Follows with one kill; gives what both hold at the end, and how many messages there were. */
async function live(kill: Kill): Promise<Record<Side, readonly string[]> & { readonly messages: number }> {
  using time = virtualTime({ start: 1_700_000_000_000 })
  const { side, when, losesPower } = kill
  const disks = { collector: newFileSystem(), aggregator: newFileSystem() }
  const open = (which: Side): Promise<Journal<string>> => openStrings(disks[which])
  const journals = { collector: await open('collector'), aggregator: await open('aggregator') }
  for (const journal of Object.values(journals)) await journal.subscriber('audit')
  let messages = 0
  const state = { isDead: false }
  const die = (): void => {
    state.isDead = true
    disks[side].stopAt(disks[side].operations + 1)
    for (const end of side === 'collector' ? [first.server] : [first.follower]) end.stop()
  }
  const line = (): Line => {
    const reader = new MessageReader(2 ** 24)
    return {
      change: (piece) => {
        if (state.isDead) return new Uint8Array(0)
        reader.push(piece)
        let start = 0
        for (let raw = reader.next(); typeof raw === 'object'; raw = reader.next()) {
          const end = start + messageHeaderBytes + raw.body.length
          if (messages === kill.message) {
            if (when === 'before') die()
            else setImmediate(die)
            messages += 1
            return piece.subarray(0, when === 'before' ? start : end)
          }
          messages += 1
          start = end
        }
        return piece
      },
    }
  }
  const connect = (there: Line = {}, back: Line = {}): ReturnType<typeof link> =>
    link(
      { journals: new Map([['main', journals.collector]]), claims: new LinkClaims() },
      { feeds: [{ journal: 'main', subscriber: 'one', into: journals.aggregator }] },
      there,
      back,
    )
  const append = (value: string): void => void journals.collector.append(value).catch(() => undefined)
  append('a')
  append('b')
  const first = connect(line(), line())
  await turns(40)
  append('c')
  await turns(20)
  append('d')
  append('e'.repeat(3000))
  await turns(40)
  first.server.stop()
  first.follower.stop()
  const all = messages
  if (state.isDead) {
    disks[side] = losesPower ? disks[side].powerCut(() => undefined) : disks[side].processKill()
    journals[side] = await open(side)
  }
  const second = connect()
  await turns(40)
  append('last')
  await turns(40)
  expect([second.server.end, second.follower.end]).toEqual(['open', 'open'])
  second.follower.stop()
  await turns()
  const held = async (journal: Journal<string>): Promise<readonly string[]> => {
    const { values, gaps } = await readAll(journal, 'audit')
    expect(gaps).toEqual([])
    return [...values.values()]
  }
  await time.advanceBy(1000)
  const both = { collector: await held(journals.collector), aggregator: await held(journals.aggregator) }
  return { ...both, messages: all }
}

describe('a link of which one side is killed', () => {
  it.each<Side>(['collector', 'aggregator'])(
    'brings each record exactly once, whichever message the %s is killed at',
    async (side) => {
      const calm = await live({ side, message: Infinity, when: 'before', losesPower: false })
      expect(calm.aggregator).toHaveLength(6)
      expect(calm.messages).toBeGreaterThan(12)
      for (let message = 0; message < calm.messages; message += 1) {
        for (const when of ['before', 'after'] as const) {
          for (const losesPower of [false, true]) {
            const { collector, aggregator } = await live({ side, message, when, losesPower })
            expect({ message, when, losesPower, aggregator }).toEqual({
              ...{ message, when, losesPower },
              aggregator: collector,
            })
            expect(collector.at(-1)).toBe('last')
          }
        }
      }
    },
  )
})
