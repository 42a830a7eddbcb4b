// The rules that are loaded, shown before anything came.
import { counted } from '../words/format.js'
import { levelText } from '../words/sentences.js'
import { make, setChildren, setText } from './elements.js'
import { glyph } from './glyphs.js'
import { isPast } from './naming.js'

export function createRules(root, model) {
  const title = make('div', 'section-title')
  const note = make('span', 'note')
  title.append(make('h2', '', 'Rules that watch'), note)
  const list = make('ul', 'rules panel')
  root.replaceChildren(title, list)
  let shown

  function update() {
    const { rules = [] } = model.about
    root.hidden = !model.isFirstStart() || isPast(model) || rules.length === 0
    if (root.hidden || shown === rules) return
    shown = rules
    setText(note, `${rules.length}, from rules.ts`)
    setChildren(list, rules.map(makeRule))
  }
  model.on('link state status', update)
  update()
}

function makeRule({ id, select, levels, averageMs, watching }) {
  const element = make('li')
  const metric = /^__name:([^*?()[\]"]+)$/.exec(select)?.[1]
  const words = make('span', 'rule-levels')
  // Mildest first, as it gets worse.
  const rising = [...levels].sort((a, b) => b.severity - a.severity)
  rising.forEach((level, at) => {
    const text = levelText(metric ?? '', level, at === 0 ? averageMs : undefined)
    words.append(at === 0 ? '' : ', ', `${text} →\u00a0`, glyph(`severity-${level.severity}`, 18))
  })
  const seen = watching === 0 ? 'nothing seen yet' : `watches ${counted(watching, 'series', 'series')}`
  element.append(
    make('b', '', id),
    make('span', 'rule-select', metric ?? select),
    words,
    make('span', 'rule-seen', seen),
  )
  return element
}
