export { openFrame } from '../format/open-frame.ts'
export { defaultWithPositionOptions, withPosition } from '../rx/with-position.ts'
export { intoJournal } from './into-journal.ts'
export { LinkClaims } from './session/claims.ts'
export { followSession } from './session/follow-session.ts'
export { defaultLinkLimits } from './session/link-limits.ts'
export { serveSession } from './session/serve-session.ts'

export type { OpenedFrame } from '../format/open-frame.ts'
export type { Provenance } from '../format/positions.ts'
export type { Position } from '../reading-types.ts'
export type { PositionStore, Saved, WithPositionOptions } from '../rx/with-position.ts'
export type { CopyResult } from './into-journal.ts'
export type { FollowSessionOptions } from './session/follow-session.ts'
export type { ServeSessionOptions } from './session/serve-session.ts'
export type {
  FollowEvent,
  FollowTarget,
  LinkEnd,
  LinkErrorCode,
  LinkFeed,
  LinkFrame,
  LinkGap,
  LinkGapReason,
  LinkLimits,
  LinkPosition,
  LinkRights,
  LinkStream,
  ServedFramesOptions,
  ServedJournal,
  ServedSubscriber,
  SessionEvent,
} from './session/session-types.ts'
