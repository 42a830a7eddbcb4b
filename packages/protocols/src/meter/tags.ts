/** The tags of one measurement: exactly those of the definition, and none where it has none. */
export type TagsOf<Category extends string> = [Category] extends [never]
  ? []
  : [tags: { readonly [Name in Category]: string }]
