/** The command was used in a wrong way; the message says how, and what is right. */
export class WrongUse extends Error {
  override readonly name = 'WrongUse'
}
