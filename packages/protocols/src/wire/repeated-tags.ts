/** A tag as it was sent. */
export type Tag = readonly [category: string, value: string]

/** Up to so many are compared with one another, which is faster than a set of them. */
const fewTags = 16

/** Whether a category may come several times: of many tags, always. */
export function mayRepeat(tags: readonly Tag[]): boolean {
  if (tags.length > fewTags) return true
  for (let at = 1; at < tags.length; at += 1) {
    for (let before = 0; before < at; before += 1) if (tags[before]?.[0] === tags[at]?.[0]) return true
  }
  return false
}
