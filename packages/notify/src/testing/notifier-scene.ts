import type { Notifier } from '../notifiers/notifier.ts'

/**
 * What the other side does. `takes`: all is well. `fails`: it cannot now. `limits`: too much at present. `refuses`: it never will. `hangs`:
 * it takes the connection and says nothing. `resets`: it ends the connection after it has read. `absent`: nobody is there.
 */
export type ReceiverBehaviour = 'takes' | 'fails' | 'limits' | 'refuses' | 'hangs' | 'resets' | 'absent'

/** A notifier, and the other side that it tells. */
export interface NotifierScene {
  /** Tells that receiver. */
  readonly notifier: Notifier
  /** What the receiver took so far, each as it came over the wire. */
  readonly received: () => readonly string[]
  /** Ends the receiver. */
  readonly stop?: (() => Promise<void> | void) | undefined
}
