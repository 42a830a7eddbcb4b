/** The part of JSON Schema (draft 2020-12) that shapes are told in; keywords mean what they mean there. */
export interface JsonSchema {
  /** The dialect; only at the root. */
  readonly $schema?: string
  /** A name; only at the root. */
  readonly title?: string
  /** Schemas that others refer to, by their names; only at the root. */
  readonly $defs?: Readonly<Record<string, JsonSchema>>
  /** As this schema of `$defs` says: `#/$defs/name`. */
  readonly $ref?: string
  /** What is allowed here, as it follows "must be". */
  readonly description: string
  /** What kind of value. */
  readonly type?: 'object' | 'array' | 'string' | 'number' | 'integer'
  /** One of these at least. */
  readonly anyOf?: readonly JsonSchema[]
  /** The fields of an object. */
  readonly properties?: Readonly<Record<string, JsonSchema>>
  /** The fields that must be there. */
  readonly required?: readonly string[]
  /** Fields that `properties` does not name: none, or each as this says. */
  readonly additionalProperties?: false | JsonSchema
  /** Each name of a field. */
  readonly propertyNames?: JsonSchema
  /** Fewest fields. */
  readonly minProperties?: number
  /** Most fields. */
  readonly maxProperties?: number
  /** Each item of an array. */
  readonly items?: JsonSchema
  /** Fewest items. */
  readonly minItems?: number
  /** Most items. */
  readonly maxItems?: number
  /** The only values. */
  readonly enum?: readonly (string | number | boolean | null)[]
  /** A regular expression that finds a match in the text. */
  readonly pattern?: string
  /** Fewest characters. */
  readonly minLength?: number
  /** Most characters. */
  readonly maxLength?: number
  /** Smallest number. */
  readonly minimum?: number
  /** Largest number. */
  readonly maximum?: number
}
