// Who sits here, remembered by this browser.

const name = 'tocsin.who'

export function whoWasHere() {
  try {
    return localStorage.getItem(name) ?? ''
  } catch {
    // Where storage is off, a person types it again.
    return ''
  }
}

export function rememberWho(who) {
  try {
    localStorage.setItem(name, who)
  } catch {
    return
  }
}
