/** What a parser of untrusted text gives back: the value, or why there is none and where. Never an exception. */
export type Parsed<Value, Reason extends string = string> =
  | { readonly ok: true; readonly value: Value }
  | {
      readonly ok: false
      readonly reason: Reason
      /** Where in the text, in UTF-16 units from 0. */
      readonly offset: number
      /** What is wrong and what is allowed, as a sentence. */
      readonly message: string
    }
