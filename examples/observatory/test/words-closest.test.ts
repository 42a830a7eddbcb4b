import { describe, expect, it } from 'vitest'

// @ts-expect-error -- the page is plain JavaScript without types
import * as words from '../page/words/closest.js'

interface About {
  readonly watched: number
  readonly closest?: readonly object[]
}
const { closestInstead } = words as {
  closestInstead: (status: About | undefined, isPast: boolean) => string | undefined
}

describe('what is closest to a limit', () => {
  it.each<[string, About | undefined, boolean, string | undefined]>([
    ['is being read', { watched: 10 }, false, 'Not known yet: the last hour is being read…'],
    ['was being read', { watched: 10 }, true, 'Not known: the last hour had not been read by then.'],
    ['is told', { watched: 10, closest: [{}] }, false, undefined],
    ['is nothing', { watched: 10, closest: [] }, false, undefined],
    ['is nothing that a rule watches', { watched: 0 }, false, undefined],
    ['is asked for', undefined, false, undefined],
  ])('%s', (_, status, isPast, said) => {
    expect(closestInstead(status, isPast)).toBe(said)
  })
})
