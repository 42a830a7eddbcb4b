import { of } from 'rxjs'
import { expect, it } from 'vitest'

import { notify } from '../src/index.ts'
import { cleared, opened } from './support/signals.ts'

it('tells of an alert and of its end', async () => {
  const told: string[] = []
  const events: string[] = []
  const pager = {
    send: async ({ kind, id }: { kind: string; id: string }) => void told.push(`${kind} ${id}`),
  }
  await of(opened(0), cleared(1000))
    .pipe(
      notify(
        { groups: { ops: { notifiers: ['pager'] } }, routes: [{ group: 'ops' }] },
        { notifiers: { pager } },
      ),
    )
    .forEach((e) => void events.push(e.type))
  expect(events).toEqual([])
  expect(told).toEqual([])
})
