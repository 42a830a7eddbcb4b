import type { Notification } from '../../src/render/notification.ts'
import { opened } from './signals.ts'
import { Rig } from './engine.ts'

/** A notification as the engine makes it. */
export function notification(given: Partial<Notification> = {}, text?: string): Notification {
  const rig = new Rig().signal(opened(0, { tags: { host: 'web-1' }, ...(text !== undefined && { text }) }))
  const [planned] = rig.log.flatMap((change) => (change.type === 'notification' ? [change.notification] : []))
  if (planned === undefined) throw new Error('nothing was planned')
  return { ...planned, ...given }
}
