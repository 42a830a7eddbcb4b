// The rules that are loaded, shown before anything came.
import { counted } from '../words/format.js'
import { levelText } from '../words/sentences.js'
import { element, setChildren, write } from '../elements.js'
import { glyph } from './glyphs.js'
import { isPast } from './naming.js'

export function createRules(root, model) {
  const title = element('div', { class: 'section-title' })
  const note = element('span', { class: 'note' })
  title.append(element('h2', {}, 'Rules that watch'), note)
  const list = element('ul', { class: 'rules panel' })
  root.replaceChildren(title, list)
  let shown

  function update() {
    const { rules = [] } = model.about
    root.hidden = !model.isFirstStart() || isPast(model) || rules.length === 0
    if (root.hidden || shown === rules) return
    shown = rules
    write(note, `${rules.length}, from rules.ts`)
    setChildren(list, rules.map(makeRule))
  }
  model.on('link state status', update)
  update()
}

function makeRule({ id, select, levels, averageMs, watching }) {
  const node = element('li')
  const metric = /^__name:([^*?()[\]"]+)$/.exec(select)?.[1]
  const words = element('span', { class: 'rule-levels' })
  // Mildest first, as it gets worse.
  const rising = [...levels].sort((a, b) => b.severity - a.severity)
  rising.forEach((level, at) => {
    const text = levelText(metric ?? '', level, at === 0 ? averageMs : undefined)
    words.append(at === 0 ? '' : ', ', `${text} →\u00a0`, glyph(`severity-${level.severity}`, 18))
  })
  const seen = watching === 0 ? 'nothing seen yet' : `watches ${counted(watching, 'series', 'series')}`
  node.append(
    element('b', {}, id),
    element('span', { class: 'rule-select' }, metric ?? select),
    words,
    element('span', { class: 'rule-seen' }, seen),
  )
  return node
}
