import { answeredBadly } from '../check-failure.ts'
import type { Connection } from '../exchange/connection.ts'
import { quoted } from '../quoted.ts'

/** A talk of IMAP (RFC 3501). */
export interface ImapDialogue {
  /** What the server says first, without its star: begins with `OK` or `PREAUTH`, else it is a refusal. */
  greeting(): Promise<string>
  /** Says a command and reads the answers to it, which it gives without their stars. */
  say(command: string): Promise<readonly string[]>
  /** Logs in. Of a refusal only its code is told, since it may repeat the password. */
  logIn(user: string, password: string): Promise<void>
  /** What the server can do now. */
  capabilities(): Promise<ReadonlySet<string>>
}

export function createImapDialogue(connection: Connection): ImapDialogue {
  let count = 0

  /** A whole answer: its line goes on after a literal. */
  const answer = async (): Promise<string> => {
    let text = ''
    for (;;) {
      // Answers to SEARCH may be longer than a line is otherwise.
      const line = (await connection.until('\n')).replace(/\r?\n$/, '')
      const [mark, length] = /\{(\d{1,15})\}$/.exec(line) ?? []
      if (mark === undefined) return text + line
      text += line.slice(0, -mark.length) + (await connection.bytes(Number(length))).toString()
    }
  }

  /** Reads up to the end of the answers to a command, or to where the server waits for more of it. */
  const answers = async (
    tag: string,
    command: string,
    isSecret: boolean,
  ): Promise<readonly string[] | '+'> => {
    const untagged: string[] = []
    for (;;) {
      const said = await answer()
      if (said.startsWith('+')) return '+'
      const [, mark, state = '', text = ''] = /^(\S+) (\S+) ?(.*)$/s.exec(said) ?? []
      const code = /^\[[A-Z]{1,40}\]/.exec(text)?.[0] ?? ''
      const words = isSecret ? `${state.slice(0, 3)} ${code}`.trim() : `${state} ${text}`
      if (mark === '*' && state.toUpperCase() !== 'BYE') untagged.push(said.slice(2))
      else if (mark === tag && state.toUpperCase() === 'OK') return untagged
      else if ((mark === tag && /^(NO|BAD)$/i.test(state)) || mark === '*')
        throw answeredBadly(`${command} was answered by ${quoted(words)}`)
      else
        throw answeredBadly(
          `expected an answer of IMAP to ${command}${isSecret ? '' : `, got ${quoted(said)}`}`,
        )
    }
  }

  const say = async (command: string): Promise<readonly string[]> => {
    const tag = `a${(count += 1)}`
    connection.send(`${tag} ${command}\r\n`)
    const said = await answers(tag, command, false)
    if (said === '+') throw answeredBadly(`${command} was answered by "+", as if there were more to say`)
    return said
  }

  return {
    say,
    async greeting() {
      const said = await answer()
      if (/^\* (OK|PREAUTH)\b/i.test(said)) return said.slice(2)
      throw answeredBadly(`expected a greeting of IMAP, got ${quoted(said)}`)
    },
    async logIn(user, password) {
      const tag = `a${(count += 1)}`
      let line = `${tag} LOGIN`
      // As literals, which take every character.
      for (const literal of [user, password]) {
        connection.send(`${line} {${Buffer.byteLength(literal)}}\r\n`)
        if ((await answers(tag, 'LOGIN', true)) !== '+')
          throw answeredBadly('LOGIN was over before it was said')
        line = literal
      }
      connection.send(`${line}\r\n`)
      if ((await answers(tag, 'LOGIN', true)) === '+') throw answeredBadly('LOGIN was answered by "+"')
    },
    async capabilities() {
      const lines = await say('CAPABILITY')
      return new Set(
        lines.filter((line) => /^CAPABILITY /i.test(line)).flatMap((line) => line.toUpperCase().split(' ')),
      )
    },
  }
}
