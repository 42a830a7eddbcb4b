import type { Mute } from './mute.ts'

/** Somebody knows of it. A worse severity ends an acknowledgement before this is asked. */
export const acknowledged: Mute = ({ acknowledgement }) =>
  acknowledgement === undefined ? undefined : 'acknowledged'
