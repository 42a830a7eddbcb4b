export { openFrame, openFrames } from '../format/open-frame.ts'
export { defaultWithPositionOptions, withPosition } from '../rx/with-position.ts'
export { intoJournal } from './into-journal.ts'
export { follow } from './machines/follow.ts'
export { defaultJournalName } from './machines/journal-name.ts'
export { defaultLinkConnection } from './machines/link-connection.ts'
export { linkSamples } from './machines/link-samples.ts'
export { defaultMaxPerPeer, serveJournal } from './machines/serve-journal.ts'
export { defaultLinkLimits } from './session/link-limits.ts'
export { LinkClaims } from './session/claims.ts'
export { followSession } from './session/follow-session.ts'
export { serveSession } from './session/serve-session.ts'

export type { OpenedFrame } from '../format/open-frame.ts'
export type { Provenance } from '../format/positions.ts'
export type { FramesOptions, Position } from '../reading-types.ts'
export type { PositionStore, Saved, WithPositionOptions } from '../rx/with-position.ts'
export type { CopyResult } from './into-journal.ts'
export type { LinkAllow, LinkAllowance } from './machines/allow.ts'
export type { CertificateState } from './tls/certificates.ts'
export type { Follow, FollowFeed, FollowOptions, FollowResult } from './machines/follow.ts'
export type { LinkConnection } from './machines/link-connection.ts'
export type { LinkProblem, LinkProblemReason } from './tls/link-problem.ts'
export type { LinkSamplesOptions } from './machines/link-samples.ts'
export type { LinksState, LinkState } from './machines/link-state.ts'
export type { Expiry, LinkTls } from './tls/link-tls.ts'
export type { LinkRefusalCode } from './tls/refusal.ts'
export type { JournalServer, LinkEvent, ServeOptions } from './machines/serve-journal.ts'
export type { SideStreams } from './machines/side-streams.ts'
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
  LinkRights,
  LinkStream,
  ServedJournal,
  ServedSubscriber,
  SessionEvent,
} from './session/session-types.ts'
