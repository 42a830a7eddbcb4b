/**
 * What sends samples on: a sink takes batches that are acknowledged when the destination has them, so that whatever is in front of it, as a
 * subscriber of a journal is, keeps what the destination cannot take. Here is what all have, for destinations of one's own; those that
 * come with the package have an entry each.
 *
 * @module
 */
export { sink } from './sink.ts'
export { defaultSinkOptions } from './sink-options.ts'
export { sinkSamples } from './sink-samples.ts'

export type {
  Destination,
  FailedRequest,
  Outcome,
  Refusal,
  RefusalReason,
  RefusedRequest,
  Sending,
  Taken,
} from './destination.ts'
export type { SinkTls } from './http/http-sink-options.ts'
export type { Sink } from './sink.ts'
export type { Delivered, Failed, Held, HeldUp, Reachability, Refused, SinkEvent } from './sink-event.ts'
export type { SinkOptions } from './sink-options.ts'
