import { expect, it } from 'vitest'

// @ts-expect-error -- the page is plain JavaScript without types
import * as knowledgePart from '../page/link/knowledge.js'

interface Model {
  readonly faults: Map<string, { readonly id: string; readonly endedAt?: number }>
  readonly log: Map<string, { readonly id: string; readonly time: number }>
  readonly told: string[]
  tell(topic: string): void
}
const { createKnowledge } = knowledgePart as {
  createKnowledge: (model: Model, parts: object) => { prune: (from: number) => void }
}

it('a page that is open for days forgets what ended and what was told before its time, and no open fault', () => {
  const told: string[] = []
  const model: Model = { faults: new Map(), log: new Map(), told, tell: (topic) => void told.push(topic) }
  const { prune } = createKnowledge(model, {})
  for (const endedAt of [5, 15]) model.faults.set(`ended ${endedAt}`, { id: `ended ${endedAt}`, endedAt })
  model.faults.set('open', { id: 'open' })
  for (const time of [5, 15]) model.log.set(`at ${time}`, { id: `at ${time}`, time })
  prune(10)
  expect([...model.faults.keys()]).toEqual(['ended 15', 'open'])
  expect([...model.log.keys()]).toEqual(['at 15'])
  expect(told.toSorted()).toEqual(['faults', 'log'])
  prune(10)
  expect(told).toHaveLength(2)
})
