/**
 * Talks over TCP, TLS and UDP sockets for checks of your own, measured as the others are.
 *
 * @module
 */
export { answeredBadly, notAsked } from '../check-failure.ts'
export { converse } from './converse.ts'
export { ask, defaultAskOptions } from './datagram.ts'
export { defaultTarget } from './target.ts'

export type { CheckFailure, CheckFailureCode } from '../check-failure.ts'
export type { Connection, Received } from './connection.ts'
export type { Answered, AskOptions } from './datagram.ts'
export type { HostTarget, PathTarget, Target } from './target.ts'
