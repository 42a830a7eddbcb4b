/**
 * Plain data as TypeScript takes it where nothing says what it is: `severities: [1]` of a `const` is `number[]`, `wait: '5m'` a
 * `string`. What takes such data checks it where the program runs; the type still knows names of fields and kinds of values.
 */
export type Written<T> = T extends string
  ? string
  : T extends number
    ? number
    : T extends boolean
      ? boolean
      : { readonly [Name in keyof T]: Written<T[Name]> }
