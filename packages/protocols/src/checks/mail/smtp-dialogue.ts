import { answeredBadly } from '../check-failure.ts'
import type { Findings } from '../findings.ts'
import type { Connection } from '../exchange/connection.ts'
import { quoted } from '../quoted.ts'

/** A talk of SMTP (RFC 5321). */
export interface SmtpDialogue {
  /**
   * Says a line, where there is one, and reads the reply to it.
   * @param command - what it is called in sentences and as `last_cmd`
   * @param wanted - the first digit of the reply; with another one it is a refusal
   * @param isSecret - whether the reply may repeat what nobody may read: only its codes are told
   * @returns the lines of the reply without their code
   */
  say(
    command: string,
    line: string | undefined,
    wanted: 2 | 3,
    isSecret?: boolean,
  ): Promise<readonly string[]>
  /** Measures `last_cmd`, `last_code` and `last_message`. */
  measureLast(found: Findings): void
}

export function createSmtpDialogue(connection: Connection): SmtpDialogue {
  let last: { readonly command: string; readonly code: number; readonly message: string } | undefined
  return {
    async say(command, line, wanted, isSecret = false) {
      if (line !== undefined) connection.send(`${line}\r\n`)
      const lines: string[] = []
      for (;;) {
        const said = await connection.line()
        const [, code, mark, text = ''] = /^(\d{3})(?:([ -])(.*))?$/.exec(said) ?? []
        if (code === undefined)
          throw answeredBadly(
            `expected a reply of SMTP to ${command}${isSecret ? '' : `, got ${quoted(said)}`}`,
          )
        lines.push(text)
        if (mark === '-') continue
        // Of a secret reply the enhanced code, such as 5.7.8.
        const message = isSecret ? (/^\d\.\d{1,3}\.\d{1,3}(?= )/.exec(text)?.[0] ?? '') : text
        last = { command, code: Number(code), message }
        if (Number(code[0]) === wanted) return lines
        throw answeredBadly(`${command} was answered by ${quoted(`${code} ${message}`.trim())}`)
      }
    },
    measureLast(found) {
      if (last === undefined) return
      found.text('last_cmd', last.command)
      found.gauge('last_code', last.code)
      found.text('last_message', last.message)
    },
  }
}
