/** An address of a notifier that was refused while others were told. */
export interface RefusedRecipient {
  /** Which one, as it may be shown in events and logs. */
  readonly recipient: string
  /** A sentence without secrets. */
  readonly message: string
}
