import type { Policy } from '@tocsin/notify'

/** Everybody hears of everything; the mild ones only when they last. */
export const policy = (notifiers: readonly string[]): Policy => ({
  groups: { operators: { notifiers } },
  routes: [{ group: 'operators', wait: { '1': '0s', '2': '0s', '3': '0s', '4': '1m', '5': '5m' } }],
})
