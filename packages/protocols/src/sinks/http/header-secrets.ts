import { hideTexts, secretsOfHeader } from '../../source/hide-texts.ts'

/** Takes out of a text what stands in headers, which are shown nowhere: some servers and proxies repeat what they were asked. */
export const withoutSecrets = (headers: Readonly<Record<string, string>>): ((text: string) => string) =>
  hideTexts(Object.values(headers).flatMap(secretsOfHeader))
