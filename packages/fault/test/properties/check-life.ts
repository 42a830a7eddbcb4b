import { expect } from 'vitest'

import type { FaultEvent } from '../../src/engine.ts'

/** One after the other: opened, changes of severity that are told as what they are, cleared. */
export function checkLife(events: readonly FaultEvent[]): void {
  let open: FaultEvent | undefined
  let time = -Infinity
  const ids = new Set<string>()
  for (const event of events) {
    if (event.type === 'normal') continue
    const kind = event.type === 'muted' ? event.change : event.type
    expect(event.time).toBeGreaterThanOrEqual(time)
    expect(ids).not.toContain(event.id)
    ids.add(event.id)
    time = event.time
    if (kind === 'opened') {
      // Muted before, it is told when the mute ends.
      if (open !== undefined) expect(open.type).toBe('muted')
    } else {
      expect(open).toBeDefined()
      if (open?.type !== 'normal') expect(event.fault).toBe(open?.fault)
    }
    if (kind === 'severity' && open !== undefined && open.type !== 'normal') {
      expect(event.previousSeverity).toBe(open.severity)
      expect(event.severity).not.toBe(open.severity)
    }
    expect(event.openedAt).toBeLessThanOrEqual(event.time)
    open = kind === 'cleared' ? undefined : event
  }
}
