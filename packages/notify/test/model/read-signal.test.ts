import { describe, expect, it } from 'vitest'

import { readSignal } from '../../src/model/read-signal.ts'
import { muted, normal, opened } from '../support/signals.ts'

const info = { summary: 'the queue is long', runbook: { url: 'https://wiki/queue', step: 3 }, pages: null }

describe('the info of a signal', () => {
  it('is kept as plain JSON, of what is held back too', () => {
    const given = opened(0, { info, waitMs: 5 })
    expect(readSignal({ ...given, sample: 1n })).toEqual(given)
    expect(readSignal(muted('opened', 0, { info }))).toMatchObject({ info })
    const changing = { toJSON: () => info }
    expect(readSignal({ ...given, info: changing })).toEqual(given)
  })

  it('is left out of what finds nothing wrong', () => {
    expect(readSignal({ ...normal(0), info })).toEqual(normal(0))
  })

  it('that is too large says so, and the signal is heard', () => {
    const large = opened(0, { info: { ...info, notes: 'x'.repeat(8192) } })
    expect(readSignal(large)).toEqual({ ...large, info: { shortened: true } })
  })

  it.each<[string, unknown]>([
    ['a text', 'call ann'],
    ['a list', [info]],
    ['nothing', null],
    ['a circle', Object.defineProperty({}, 'self', { enumerable: true, get: (): unknown => circle })],
    ['a number that JSON does not hold', { most: 1n }],
    ['said to be a text', { toJSON: () => 'text' }],
    ['said to be nothing', { toJSON: () => undefined }],
    [
      'unreadable',
      {
        get url(): string {
          throw new Error('no')
        },
      },
    ],
  ])('that is %s is ignored, and the signal is heard', (_, odd) => {
    expect(readSignal({ ...opened(0), info: odd })).toEqual(opened(0))
  })
})

const circle: { self?: unknown } = {}
circle.self = circle
