/** Options after their defaults: nothing is absent or `undefined`. */
export type Defined<Options> = { readonly [Name in keyof Options]-?: Exclude<Options[Name], undefined> }
