/** The first sentence of a paragraph. */
export const sentenceOf = (paragraph: string): string =>
  /^.*?[^.]\.(?= [A-Z]|$)/.exec(paragraph)?.[0] ?? paragraph

/** Links of comments lead nowhere on a page. */
export const plain = (text: string): string => text.replace(/\{@link ([\w.]+)\s*\}/g, '`$1`')
