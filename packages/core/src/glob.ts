/** A glob as a predicate over the whole text: `*` any run, `?` any one character. Linear memory, never exponential time. */
export function compileGlob(glob: string): (text: string) => boolean {
  return (text) => {
    let at = 0
    let pattern = 0
    let star = -1
    let retry = 0
    while (at < text.length) {
      if (glob[pattern] === '*') {
        star = pattern
        retry = at
        pattern += 1
      } else if (glob[pattern] === '?' || glob[pattern] === text[at]) {
        pattern += 1
        at += 1
      } else if (star >= 0) {
        // Only the last star needs to grow: an earlier one could match no more than it does.
        pattern = star + 1
        retry += 1
        at = retry
      } else {
        return false
      }
    }
    while (glob[pattern] === '*') pattern += 1
    return pattern === glob.length
  }
}
