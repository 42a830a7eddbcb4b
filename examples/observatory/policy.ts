import type { Policy } from '@tocsin/notify'

/** Everybody hears of everything; the mild ones only when they last. */
export const policy = (notifiers: readonly string[]): Policy => ({
  groups: { operators: { notifiers } },
  routes: [{ group: 'operators', wait: { '4': '1m', '5': '5m' } }],
  stale: { after: '1h' },
})
